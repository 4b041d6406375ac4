set(WASMBED_CPU_FLAGS "-mcpu=cortex-m3 -mthumb")
# What the flash budget has no room for: README.md.
set(WASMBED_LWIP_DNS 0)
set(WASMBED_LWIP_ICMP 0)
