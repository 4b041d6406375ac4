#include "host/cli/wasm/plain_host.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <random>

#include "core/hostapi/host_functions.hpp"
#include "core/wasm/host_binding.hpp"

namespace wasmbed::wasm_tools {

using hostapi::HostError;
using hostapi::HostFunctionId;
using wasm::GuestMemory;

namespace {

/// Values of `errno` in WASI preview 1's witx.
enum Errno : std::uint32_t { kSuccess = 0, kBadf = 8, kFault = 21, kInval = 28, kNotsup = 58, kSpipe = 70 };
enum Clock : std::uint32_t { kRealtime = 0, kMonotonic = 1 };

constexpr std::uint32_t kVectorsMax = 1024;  // IOV_MAX of Linux
constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::uint32_t kLogBytesMax = 512;  // as on a device

std::int32_t code(HostError error) {
    return static_cast<std::int32_t>(error);
}

std::uint64_t wall_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

bool fill_random(const GuestMemory& memory, std::uint32_t address, std::uint32_t length) {
    const auto bytes = memory.at(address, length);
    if (!bytes) return false;
    std::random_device entropy;
    for (std::uint8_t& byte : *bytes) byte = static_cast<std::uint8_t>(entropy());
    return true;
}

Errno stored(bool in_bounds) {
    return in_bounds ? kSuccess : kFault;
}

bool is_standard(std::uint32_t fd) {
    return fd <= 2;
}

}  // namespace

/// One function for each row that this machine serves, named as in host_functions.inc.
struct Handlers {
    static std::uint64_t monotonic_ms(const PlainHost& host) {
        const auto since = std::chrono::steady_clock::now() - host.started_;
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
    }

    static std::int32_t DeviceLog(PlainHost& host, GuestMemory memory, std::uint32_t, std::uint32_t at,
                                  std::uint32_t length) {
        const auto text = memory.at(at, length);
        if (!text) return code(HostError::Fault);
        const auto shown = text->first(std::min<std::size_t>(text->size(), kLogBytesMax));
        host.err_ << "log: " << wasmbed::text_of(shown) << std::endl;
        return 0;
    }
    static wasm::HostReturn<std::int32_t> TimerSleepMs(PlainHost& host, std::uint32_t ms) {
        host.wake_at_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
        return wasm::HostReturn<std::int32_t>::suspend();
    }
    static std::uint64_t TimerMonotonicMs(PlainHost& host) { return monotonic_ms(host); }
    static std::uint64_t TimerWallMs(PlainHost&) { return wall_ms(); }
    static std::int32_t SecurityRandom(PlainHost&, GuestMemory memory, std::uint32_t at, std::uint32_t length) {
        return fill_random(memory, at, length) ? 0 : code(HostError::Fault);
    }

    static std::uint32_t WasiArgsSizesGet(PlainHost& host, GuestMemory memory, std::uint32_t count_at,
                                          std::uint32_t bytes_at) {
        std::uint32_t bytes = 0;
        for (const std::string& arg : host.args_) bytes += static_cast<std::uint32_t>(arg.size()) + 1;
        const auto count = static_cast<std::uint32_t>(host.args_.size());
        return stored(memory.store(count_at, count) && memory.store(bytes_at, bytes));
    }
    static std::uint32_t WasiArgsGet(PlainHost& host, GuestMemory memory, std::uint32_t pointer, std::uint32_t at) {
        for (const std::string& arg : host.args_) {
            const auto size = static_cast<std::uint32_t>(arg.size()) + 1;
            const auto out = memory.at(at, size);
            if (!out || !memory.store(pointer, at)) return kFault;
            std::memcpy(out->data(), arg.c_str(), size);
            pointer += 4;
            at += size;
        }
        return kSuccess;
    }
    static std::uint32_t WasiEnvironSizesGet(PlainHost&, GuestMemory memory, std::uint32_t count_at,
                                             std::uint32_t bytes_at) {
        return stored(memory.store<std::uint32_t>(count_at, 0) && memory.store<std::uint32_t>(bytes_at, 0));
    }
    static std::uint32_t WasiEnvironGet(PlainHost&, std::uint32_t, std::uint32_t) { return kSuccess; }

    static std::uint32_t WasiClockResGet(PlainHost&, GuestMemory memory, std::uint32_t clock, std::uint32_t at) {
        if (clock > kMonotonic) return kInval;
        return stored(memory.store<std::uint64_t>(at, kNsPerMs));
    }
    static std::uint32_t WasiClockTimeGet(PlainHost& host, GuestMemory memory, std::uint32_t clock, std::uint64_t,
                                          std::uint32_t at) {
        if (clock > kMonotonic) return kInval;
        const std::uint64_t ms = clock == kRealtime ? wall_ms() : monotonic_ms(host);
        return stored(memory.store<std::uint64_t>(at, ms * kNsPerMs));
    }

    static std::uint32_t WasiFdClose(PlainHost&, std::uint32_t fd) { return is_standard(fd) ? kSuccess : kBadf; }
    /// fdstat is {u8 filetype, u16 flags, u64 rights, u64 inheriting}, 24 bytes; filetype 2 is a character device,
    /// right 1 is fd_read, 6 is fd_write.
    static std::uint32_t WasiFdFdstatGet(PlainHost&, GuestMemory memory, std::uint32_t fd, std::uint32_t at) {
        if (!is_standard(fd)) return kBadf;
        const auto out = memory.at(at, 24);
        if (!out) return kFault;
        std::memset(out->data(), 0, out->size());
        (*out)[0] = 2;
        (*out)[8] = fd == 0 ? 1 << 1 : 1 << 6;
        return kSuccess;
    }
    static std::uint32_t WasiFdFdstatSetFlags(PlainHost&, std::uint32_t fd, std::uint32_t) {
        return is_standard(fd) ? kNotsup : kBadf;
    }
    static std::uint32_t WasiFdPrestatGet(PlainHost&, std::uint32_t, std::uint32_t) { return kBadf; }
    static std::uint32_t WasiFdPrestatDirName(PlainHost&, std::uint32_t, std::uint32_t, std::uint32_t) { return kBadf; }
    static std::uint32_t WasiFdRead(PlainHost&, GuestMemory memory, std::uint32_t fd, std::uint32_t, std::uint32_t,
                                    std::uint32_t read_at) {
        return fd == 0 ? stored(memory.store<std::uint32_t>(read_at, 0)) : kBadf;
    }
    static std::uint32_t WasiFdSeek(PlainHost&, std::uint32_t fd, std::int64_t, std::uint32_t, std::uint32_t) {
        return is_standard(fd) ? kSpipe : kBadf;
    }
    static std::uint32_t WasiFdWrite(PlainHost& host, GuestMemory memory, std::uint32_t fd, std::uint32_t vectors,
                                     std::uint32_t count, std::uint32_t written_at) {
        if (fd != 1 && fd != 2) return kBadf;
        if (count > kVectorsMax) return kInval;
        std::ostream& stream = fd == 1 ? host.out_ : host.err_;
        std::uint32_t written = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto vector = memory.load<std::uint64_t>(vectors + 8 * i);
            if (!vector) return kFault;
            const auto bytes =
                memory.at(static_cast<std::uint32_t>(*vector), static_cast<std::uint32_t>(*vector >> 32));
            if (!bytes) return kFault;
            stream << wasmbed::text_of(*bytes);
            written += static_cast<std::uint32_t>(bytes->size());
        }
        stream.flush();
        return stored(memory.store(written_at, written));
    }
    static wasm::HostReturn<void> WasiProcExit(PlainHost& host, std::uint32_t exit_code) {
        host.exit_code_ = exit_code;
        return wasm::HostReturn<void>::trap(PlainHost::kExit);
    }
    static std::uint32_t WasiRandomGet(PlainHost&, GuestMemory memory, std::uint32_t at, std::uint32_t length) {
        return stored(fill_random(memory, at, length));
    }
    static std::uint32_t WasiSchedYield(PlainHost&) { return kSuccess; }
};

namespace {

struct Row {
    const char* module;
    const char* name;
    std::string_view signature;
};
constexpr Row kRows[] = {
#define HOST_FUNCTION(id, module, name, signature, ...) {module, name, signature},
#include "core/hostapi/host_functions.inc"
};

/// The row with this handler, which does not compile if its type is not the row's.
template <HostFunctionId kId, auto kHandler>
wasm::HostFunction served(PlainHost& host) {
    constexpr Row kRow = kRows[static_cast<std::size_t>(kId)];
    static_assert(wasm::kSignatureOf<kHandler> == kRow.signature);
    return wasm::bind<kHandler>(kRow.module, kRow.name, host);
}

}  // namespace

// Missing is what needs a device, and poll_oneoff, which is not served yet: programs that sleep by it are refused.
PlainHost::PlainHost(std::vector<std::string> args, std::ostream& out, std::ostream& err)
    : args_(std::move(args)), out_(out), err_(err), started_(std::chrono::steady_clock::now()) {
#define SERVED(name) served<HostFunctionId::name, Handlers::name>(*this)
    functions_ = {
        SERVED(DeviceLog),           SERVED(TimerSleepMs),
        SERVED(TimerMonotonicMs),    SERVED(TimerWallMs),
        SERVED(SecurityRandom),      SERVED(WasiArgsGet),
        SERVED(WasiArgsSizesGet),    SERVED(WasiEnvironGet),
        SERVED(WasiEnvironSizesGet), SERVED(WasiClockResGet),
        SERVED(WasiClockTimeGet),    SERVED(WasiFdClose),
        SERVED(WasiFdFdstatGet),     SERVED(WasiFdFdstatSetFlags),
        SERVED(WasiFdPrestatGet),    SERVED(WasiFdPrestatDirName),
        SERVED(WasiFdRead),          SERVED(WasiFdSeek),
        SERVED(WasiFdWrite),         SERVED(WasiProcExit),
        SERVED(WasiRandomGet),       SERVED(WasiSchedYield),
    };
#undef SERVED
}

}  // namespace wasmbed::wasm_tools
