set(WASMBED_CPU_FLAGS "-mcpu=cortex-m3 -mthumb")
set(WASMBED_LWIP_DNS 0)  # gateways by address, as the emulator gives them; the flash budget has no room for names
set(WASMBED_LWIP_ICMP 0)
