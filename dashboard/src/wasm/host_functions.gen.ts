// Made by tools/generate_types.mjs from core/hostapi/host_functions.inc; change that and run `npm run types`.

export interface HostFunction {
  module: string
  name: string
  /** "(iiI)i": i = i32, I = i64. */
  signature: string
  /** Kind of permission the import needs; None: every app may have it. */
  permission: string
  doc: string
}

export const kHostFunctions: readonly HostFunction[] = [
  {"module":"wasmbed_device","name":"log","signature":"(iii)i","permission":"None","doc":"Writes one line to the device's log. level: WASMBED_LOG_*. The text is UTF-8, cut after 512 bytes. Returns 0."},
  {"module":"wasmbed_device","name":"led_set","signature":"(ii)i","permission":"Led","doc":"Switches LED number `led` on (not 0) or off (0). Needs led:<n>. Returns 0."},
  {"module":"wasmbed_device","name":"led_get","signature":"(i)i","permission":"Led","doc":"State of LED number `led`: 1 or 0. Needs led:<n>."},
  {"module":"wasmbed_timer","name":"sleep_ms","signature":"(i)i","permission":"None","doc":"Suspends the app for at least `ms` milliseconds; other apps and the link go on. Returns 0."},
  {"module":"wasmbed_timer","name":"monotonic_ms","signature":"()I","permission":"None","doc":"Milliseconds since the device started; never goes back."},
  {"module":"wasmbed_timer","name":"wall_ms","signature":"()I","permission":"None","doc":"Unix time in milliseconds as the gateway told it, or WASMBED_ERROR_UNAVAILABLE before it did."},
  {"module":"wasmbed_security","name":"random","signature":"(ii)i","permission":"None","doc":"Fills `buffer` with cryptographically secure random bytes. Returns 0."},
  {"module":"wasmbed_storage","name":"get","signature":"(iiii)i","permission":"Storage","doc":"Reads the value of `key` into `buffer`. Returns the value's length; when that is more than `capacity`, only `capacity` bytes were copied. Needs storage:<prefix>*."},
  {"module":"wasmbed_storage","name":"set","signature":"(iiii)i","permission":"Storage","doc":"Stores `value` under `key` (1 to 64 bytes of UTF-8), so that after a power cut the old or the new value is there, never a mix. An app has at most 12 keys. Needs storage:<prefix>*. Returns 0."},
  {"module":"wasmbed_storage","name":"delete","signature":"(ii)i","permission":"Storage","doc":"Removes `key`. Needs storage:<prefix>*. Returns 0."},
  {"module":"wasmbed_sensors","name":"read","signature":"(iii)i","permission":"Sensor","doc":"Measures now: writes what the sensor `name` of the device tree says, in thousandths of its unit (degrees Celsius for `temperature`). WASMBED_ERROR_NOT_FOUND: the board has no such sensor; WASMBED_ERROR_UNAVAILABLE: it does not answer. Needs sensor:<name>. Returns 0."},
  {"module":"wasmbed_gpio","name":"read","signature":"(i)i","permission":"Gpio","doc":"Level at pin number `pin`: 1 or 0. Needs gpio:<pin>:in."},
  {"module":"wasmbed_gpio","name":"write","signature":"(ii)i","permission":"Gpio","doc":"Makes pin number `pin` an output, driven high (not 0) or low (0). Needs gpio:<pin>:out. Returns 0."},
  {"module":"wasmbed_i2c_spi","name":"i2c_transfer","signature":"(iiiiii)i","permission":"I2c","doc":"Writes `out` to the device at the 7-bit `address` of I2C bus number `bus`, then reads `in`; either length may be 0, both together at most 64. WASMBED_ERROR_NOT_FOUND: no such bus, or nothing answers at the address. Needs i2c:<bus>:<address>. Returns 0."},
  {"module":"wasmbed_i2c_spi","name":"spi_transfer","signature":"(iiii)i","permission":"Spi","doc":"Selects device number `select` of SPI bus number `bus`, sends `data` and replaces it by what came back, at most 64 bytes. WASMBED_ERROR_NOT_FOUND: no such bus or select line. Needs spi:<bus>:<select>. Returns 0."},
  {"module":"wasi_snapshot_preview1","name":"args_get","signature":"(ii)i","permission":"None","doc":"Command line: the app's name, then `config.args`."},
  {"module":"wasi_snapshot_preview1","name":"args_sizes_get","signature":"(ii)i","permission":"None","doc":"Number of arguments and bytes they take with terminators."},
  {"module":"wasi_snapshot_preview1","name":"environ_get","signature":"(ii)i","permission":"None","doc":"`config.env` as KEY=VALUE strings."},
  {"module":"wasi_snapshot_preview1","name":"environ_sizes_get","signature":"(ii)i","permission":"None","doc":"Number of environment strings and bytes they take with terminators."},
  {"module":"wasi_snapshot_preview1","name":"clock_res_get","signature":"(ii)i","permission":"None","doc":"1,000,000 ns for the real-time and the monotonic clock."},
  {"module":"wasi_snapshot_preview1","name":"clock_time_get","signature":"(iIi)i","permission":"None","doc":"Time of a clock in nanoseconds, in steps of 1 ms."},
  {"module":"wasi_snapshot_preview1","name":"fd_close","signature":"(i)i","permission":"None","doc":"Accepts 0, 1 and 2; everything else is not open."},
  {"module":"wasi_snapshot_preview1","name":"fd_fdstat_get","signature":"(ii)i","permission":"None","doc":"0, 1 and 2 are character devices."},
  {"module":"wasi_snapshot_preview1","name":"fd_fdstat_set_flags","signature":"(ii)i","permission":"None","doc":"Not supported."},
  {"module":"wasi_snapshot_preview1","name":"fd_prestat_get","signature":"(ii)i","permission":"None","doc":"There are no directories: always a bad descriptor."},
  {"module":"wasi_snapshot_preview1","name":"fd_prestat_dir_name","signature":"(iii)i","permission":"None","doc":"There are no directories: always a bad descriptor."},
  {"module":"wasi_snapshot_preview1","name":"fd_read","signature":"(iiii)i","permission":"None","doc":"Standard input is always at its end."},
  {"module":"wasi_snapshot_preview1","name":"fd_seek","signature":"(iIii)i","permission":"None","doc":"0, 1 and 2 cannot be positioned."},
  {"module":"wasi_snapshot_preview1","name":"fd_write","signature":"(iiii)i","permission":"None","doc":"1 and 2 are cut into log lines: info for 1, warn for 2."},
  {"module":"wasi_snapshot_preview1","name":"poll_oneoff","signature":"(iiii)i","permission":"None","doc":"Clock subscriptions only: suspends the app until the first of them is due."},
  {"module":"wasi_snapshot_preview1","name":"proc_exit","signature":"(i)","permission":"None","doc":"Ends the app with `code`; 0 is success. Does not return."},
  {"module":"wasi_snapshot_preview1","name":"random_get","signature":"(ii)i","permission":"None","doc":"Fills `buffer` with cryptographically secure random bytes."},
  {"module":"wasi_snapshot_preview1","name":"sched_yield","signature":"()i","permission":"None","doc":"Ends the app's fuel slice."},
]
