// udp-send PORT SECONDS [SIZE]: messages of SIZE bytes (1200) by Go as fast as they go.
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
	size := 1200
	if len(os.Args) > 3 {
		size, _ = strconv.Atoi(os.Args[3])
	}
	to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:" + os.Args[1]))
	udp, err := net.DialUDP("udp4", nil, to)
	if err != nil {
		log.Fatal(err)
	}
	udp.SetWriteBuffer(4 << 20)
	data := make([]byte, size)
	messages, began, used := 0, time.Now(), cpu()
	for messages&63 != 0 || time.Since(began).Seconds() < seconds {
		if _, err := udp.Write(data); err == nil {
			messages++
		}
	}
	fmt.Printf("{\"messages\":%d,\"seconds\":%f,\"bytes\":%d,\"cpuSeconds\":%f}\n", messages,
		time.Since(began).Seconds(), messages*size, cpu()-used)
}
