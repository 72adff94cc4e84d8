// udp-receive PORT SECONDS: counts messages by Go for so long after the first one.
package main

import (
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"
)

func cpu() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[2], 64)
	udp, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:"+os.Args[1])))
	if err != nil {
		log.Fatal(err)
	}
	udp.SetReadBuffer(4 << 20)
	buffer := make([]byte, 65536)
	fmt.Println("ready")
	udp.ReadFromUDPAddrPort(buffer)
	messages, bytes, began, used := 0, 0, time.Now(), cpu()
	for messages&63 != 0 || time.Since(began).Seconds() < seconds {
		count, _, err := udp.ReadFromUDPAddrPort(buffer)
		if err != nil {
			log.Fatal(err)
		}
		messages++
		bytes += count
	}
	fmt.Printf("{\"messages\":%d,\"seconds\":%f,\"bytes\":%d,\"cpuSeconds\":%f}\n", messages,
		time.Since(began).Seconds(), bytes, cpu()-used)
}
