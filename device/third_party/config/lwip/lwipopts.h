/* lwIP for a device: one superloop calls it (NO_SYS), IPv4, DHCP, DNS, a TCP client. Memory in bytes is what matters:
 * 17 KB of static RAM. */
#ifndef WASMBED_LWIPOPTS_H
#define WASMBED_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* interrupt handlers never call lwIP */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_RAW 0
#define LWIP_STATS 0
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ICMP WASMBED_LWIP_ICMP /* answers to ping; per board: its cpu.cmake */
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_DNS WASMBED_LWIP_DNS /* per board: its cpu.cmake */
#define LWIP_DHCP 1
#define LWIP_ACD 0
#define LWIP_DHCP_DOES_ACD_CHECK 0 /* probing the offered address would delay the first session by seconds */
#define LWIP_AUTOIP 0
#define LWIP_NETIF_HOSTNAME 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define DNS_MAX_SERVERS 2
#define DNS_TABLE_SIZE 2
#define DNS_MAX_NAME_LENGTH 128

#define MEM_ALIGNMENT 4
#define MEM_SIZE (5 * 1024) /* outgoing segments */
#define MEMP_NUM_PBUF 8
#define MEMP_NUM_UDP_PCB 3 /* DHCP, DNS */
#define MEMP_NUM_TCP_PCB 4 /* one connection, the others in TIME_WAIT after reconnects */
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 12
#define PBUF_POOL_SIZE 6 /* incoming frames; a window's worth and two for ARP and the like */
#define PBUF_POOL_BUFSIZE 1536
#define TCP_MSS 1460
/* The LAN9118 drops frames when its 10,560-byte FIFO is full, so a window must fit it and the pool. */
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ 0 /* a lost segment is sent again with what follows; saves pool buffers */
#define TCP_OVERSIZE 0    /* what is written is a whole TLS record: there is nothing to gather */
#define LWIP_TCP_KEEPALIVE 0
#define LWIP_SINGLE_NETIF 1

/* One instruction instead of a call. */
#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)

/* Ports and sequence numbers come from the device's DRBG: device/drivers/lwip. */
#ifdef __cplusplus
extern "C"
#endif
    unsigned int
    wasmbed_lwip_random(void);
#define LWIP_RAND() wasmbed_lwip_random()

#endif
