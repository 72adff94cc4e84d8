// udp-echo PORT: a reply to each message by Go, without an allocation a message.
package main

import (
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"
)

func main() {
	address := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:" + os.Args[1]))
	udp, err := net.ListenUDP("udp4", address)
	if err != nil {
		log.Fatal(err)
	}
	if err := udp.SetReadBuffer(4 << 20); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	buffer := make([]byte, 65536)
	for {
		count, from, err := udp.ReadFromUDPAddrPort(buffer)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := udp.WriteToUDPAddrPort(buffer[:count], from); err != nil {
			log.Fatal(err)
		}
	}
}
