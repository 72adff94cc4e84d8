// Streams by Go: `PORT receive` or `PORT send`.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		if os.Args[2] == "send" {
			go serve(connection, connection.Write)
		} else {
			go serve(connection, connection.Read)
		}
	}
}

func serve(connection net.Conn, move func([]byte) (int, error)) {
	defer connection.Close()
	block := make([]byte, 65536)
	for {
		if _, err := move(block); err != nil {
			return
		}
	}
}
