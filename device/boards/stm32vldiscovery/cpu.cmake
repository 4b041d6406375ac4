set(WASMBED_CPU_FLAGS "-mcpu=cortex-m3 -mthumb")
set(WASMBED_LINK psk)  # 8 KB of RAM hold no certificates: a pre-shared key, and small buffers
set(WASMBED_WASM_FLOATS OFF)    # integers only
set(WASMBED_WASM_STREAMED ON)   # modules are read out of the secure element
