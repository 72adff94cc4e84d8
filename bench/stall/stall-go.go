// Writes 1 GiB by Go, each chunk new.
package main

import (
	"bytes"
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
	connection, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	for left := 16384; left > 0; left-- {
		if _, err := connection.Write(bytes.Repeat([]byte{1}, 65536)); err != nil {
			log.Fatal(err)
		}
	}
}
