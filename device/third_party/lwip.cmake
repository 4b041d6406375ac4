# What config/lwip needs of lwIP 2.2: IPv4, TCP, UDP, DHCP, DNS over Ethernet, polled (NO_SYS).
set(lwip ${deps}/lwip/src)
set(core def dns inet_chksum init ip mem memp netif pbuf sys tcp tcp_in tcp_out timeouts udp)
set(ipv4 dhcp etharp icmp ip4 ip4_addr ip4_frag)
list(TRANSFORM core REPLACE "(.+)" "${lwip}/core/\\1.c")
list(TRANSFORM ipv4 REPLACE "(.+)" "${lwip}/core/ipv4/\\1.c")

third_party_library(lwip_device SOURCES ${core} ${ipv4} ${lwip}/netif/ethernet.c)
target_include_directories(lwip_device SYSTEM PUBLIC ${lwip}/include ${CMAKE_CURRENT_SOURCE_DIR}/config/lwip)
# 2.4 KB of flash: a board without it takes gateways by address only, and says of a name that it is not resolved.
if(NOT DEFINED WASMBED_LWIP_DNS)
  set(WASMBED_LWIP_DNS 1)
endif()
# 0.5 KB of flash: a board without it does not answer to ping.
if(NOT DEFINED WASMBED_LWIP_ICMP)
  set(WASMBED_LWIP_ICMP 1)
endif()
target_compile_definitions(lwip_device PUBLIC WASMBED_LWIP_DNS=${WASMBED_LWIP_DNS} WASMBED_LWIP_ICMP=${WASMBED_LWIP_ICMP})
