#include "host/cli/wasm/plain_host.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <random>

#include "core/hostapi/host_functions.hpp"

namespace wasmbed::wasm_tools {

using hostapi::HostError;
using wasm::HostCall;
using wasm::HostResult;

namespace {

/// Values of `errno` in WASI preview 1's witx.
enum Errno : std::uint32_t { kSuccess = 0, kBadf = 8, kFault = 21, kInval = 28, kNotsup = 58, kSpipe = 70 };
enum Clock : std::uint32_t { kRealtime = 0, kMonotonic = 1 };

constexpr std::uint32_t kVectorsMax = 1024;  // IOV_MAX of Linux
constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::uint32_t kLogBytesMax = 512;  // as on a device

HostResult done(HostCall& call, std::uint32_t result) {
    call.set_u32(0, result);
    return HostResult::done();
}

HostResult failed(HostCall& call, HostError error) {
    call.set_i32(0, static_cast<std::int32_t>(error));
    return HostResult::done();
}

std::uint64_t wall_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

bool fill_random(const wasm::GuestMemory& memory, std::uint32_t address, std::uint32_t length) {
    const auto bytes = memory.at(address, length);
    if (!bytes) return false;
    std::random_device entropy;
    for (std::uint8_t& byte : *bytes) byte = static_cast<std::uint8_t>(entropy());
    return true;
}

}  // namespace

/// One function for each row that this machine serves, named as in host_functions.inc.
struct Handlers {
    static PlainHost& host_of(void* context) { return *static_cast<PlainHost*>(context); }

    static std::uint64_t monotonic_ms(const PlainHost& host) {
        const auto since = std::chrono::steady_clock::now() - host.started_;
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
    }

    static HostResult DeviceLog(void* context, HostCall& call) {
        const auto text = call.memory().at(call.u32(1), call.u32(2));
        if (!text) return failed(call, HostError::Fault);
        const auto shown = text->first(std::min<std::size_t>(text->size(), kLogBytesMax));
        host_of(context).err_ << "log: " << wasmbed::text_of(shown) << std::endl;
        return done(call, 0);
    }
    static HostResult TimerSleepMs(void* context, HostCall& call) {
        host_of(context).wake_at_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(call.u32(0));
        return HostResult::suspend();
    }
    static HostResult TimerMonotonicMs(void* context, HostCall& call) {
        call.set_u64(0, monotonic_ms(host_of(context)));
        return HostResult::done();
    }
    static HostResult TimerWallMs(void*, HostCall& call) {
        call.set_u64(0, wall_ms());
        return HostResult::done();
    }
    static HostResult SecurityRandom(void*, HostCall& call) {
        if (!fill_random(call.memory(), call.u32(0), call.u32(1))) return failed(call, HostError::Fault);
        return done(call, 0);
    }

    static HostResult WasiArgsSizesGet(void* context, HostCall& call) {
        std::uint32_t bytes = 0;
        const auto& args = host_of(context).args_;
        for (const std::string& arg : args) bytes += static_cast<std::uint32_t>(arg.size()) + 1;
        const bool stored = call.memory().store(call.u32(0), static_cast<std::uint32_t>(args.size())) &&
                            call.memory().store(call.u32(1), bytes);
        return done(call, stored ? kSuccess : kFault);
    }
    static HostResult WasiArgsGet(void* context, HostCall& call) {
        std::uint32_t pointer = call.u32(0), at = call.u32(1);
        for (const std::string& arg : host_of(context).args_) {
            const auto size = static_cast<std::uint32_t>(arg.size()) + 1;
            const auto out = call.memory().at(at, size);
            if (!out || !call.memory().store(pointer, at)) return done(call, kFault);
            std::memcpy(out->data(), arg.c_str(), size);
            pointer += 4;
            at += size;
        }
        return done(call, kSuccess);
    }
    static HostResult WasiEnvironSizesGet(void*, HostCall& call) {
        const bool stored =
            call.memory().store<std::uint32_t>(call.u32(0), 0) && call.memory().store<std::uint32_t>(call.u32(1), 0);
        return done(call, stored ? kSuccess : kFault);
    }
    static HostResult WasiEnvironGet(void*, HostCall& call) { return done(call, kSuccess); }

    static HostResult WasiClockResGet(void*, HostCall& call) {
        if (call.u32(0) > kMonotonic) return done(call, kInval);
        return done(call, call.memory().store<std::uint64_t>(call.u32(1), kNsPerMs) ? kSuccess : kFault);
    }
    static HostResult WasiClockTimeGet(void* context, HostCall& call) {
        if (call.u32(0) > kMonotonic) return done(call, kInval);
        const std::uint64_t ms = call.u32(0) == kRealtime ? wall_ms() : monotonic_ms(host_of(context));
        return done(call, call.memory().store<std::uint64_t>(call.u32(3), ms * kNsPerMs) ? kSuccess : kFault);
    }

    static HostResult WasiFdClose(void*, HostCall& call) { return done(call, call.u32(0) <= 2 ? kSuccess : kBadf); }
    /// fdstat is {u8 filetype, u16 flags, u64 rights, u64 inheriting}, 24 bytes; filetype 2 is a character device,
    /// right 1 is fd_read, 6 is fd_write.
    static HostResult WasiFdFdstatGet(void*, HostCall& call) {
        if (call.u32(0) > 2) return done(call, kBadf);
        const auto out = call.memory().at(call.u32(1), 24);
        if (!out) return done(call, kFault);
        std::memset(out->data(), 0, out->size());
        (*out)[0] = 2;
        (*out)[8] = call.u32(0) == 0 ? 1 << 1 : 1 << 6;
        return done(call, kSuccess);
    }
    static HostResult WasiFdFdstatSetFlags(void*, HostCall& call) {
        return done(call, call.u32(0) <= 2 ? kNotsup : kBadf);
    }
    static HostResult WasiFdPrestatGet(void*, HostCall& call) { return done(call, kBadf); }
    static HostResult WasiFdPrestatDirName(void*, HostCall& call) { return done(call, kBadf); }
    static HostResult WasiFdRead(void*, HostCall& call) {
        if (call.u32(0) != 0) return done(call, kBadf);
        return done(call, call.memory().store<std::uint32_t>(call.u32(3), 0) ? kSuccess : kFault);
    }
    static HostResult WasiFdSeek(void*, HostCall& call) { return done(call, call.u32(0) <= 2 ? kSpipe : kBadf); }
    static HostResult WasiFdWrite(void* context, HostCall& call) {
        PlainHost& host = host_of(context);
        const std::uint32_t fd = call.u32(0);
        if (fd != 1 && fd != 2) return done(call, kBadf);
        if (call.u32(2) > kVectorsMax) return done(call, kInval);
        std::ostream& stream = fd == 1 ? host.out_ : host.err_;
        std::uint32_t written = 0;
        for (std::uint32_t i = 0; i < call.u32(2); ++i) {
            const auto vector = call.memory().load<std::uint64_t>(call.u32(1) + 8 * i);
            if (!vector) return done(call, kFault);
            const auto bytes =
                call.memory().at(static_cast<std::uint32_t>(*vector), static_cast<std::uint32_t>(*vector >> 32));
            if (!bytes) return done(call, kFault);
            stream << wasmbed::text_of(*bytes);
            written += static_cast<std::uint32_t>(bytes->size());
        }
        stream.flush();
        return done(call, call.memory().store(call.u32(3), written) ? kSuccess : kFault);
    }
    static HostResult WasiProcExit(void* context, HostCall& call) {
        host_of(context).exit_code_ = call.u32(0);
        return HostResult::trap(PlainHost::kExit);
    }
    static HostResult WasiRandomGet(void*, HostCall& call) {
        return done(call, fill_random(call.memory(), call.u32(0), call.u32(1)) ? kSuccess : kFault);
    }
    static HostResult WasiSchedYield(void*, HostCall& call) { return done(call, kSuccess); }
};

namespace {

using Handler = HostResult (*)(void*, HostCall&);

/// Null for what needs a device. poll_oneoff is not served yet: programs that sleep by it are refused.
Handler handler_of(hostapi::HostFunctionId id) {
    using enum hostapi::HostFunctionId;
    switch (id) {
#define SERVED(name) \
    case name:       \
        return Handlers::name;
        SERVED(DeviceLog)
        SERVED(TimerSleepMs)
        SERVED(TimerMonotonicMs)
        SERVED(TimerWallMs)
        SERVED(SecurityRandom)
        SERVED(WasiArgsGet)
        SERVED(WasiArgsSizesGet)
        SERVED(WasiEnvironGet)
        SERVED(WasiEnvironSizesGet)
        SERVED(WasiClockResGet)
        SERVED(WasiClockTimeGet)
        SERVED(WasiFdClose)
        SERVED(WasiFdFdstatGet)
        SERVED(WasiFdFdstatSetFlags)
        SERVED(WasiFdPrestatGet)
        SERVED(WasiFdPrestatDirName)
        SERVED(WasiFdRead)
        SERVED(WasiFdSeek)
        SERVED(WasiFdWrite)
        SERVED(WasiProcExit)
        SERVED(WasiRandomGet)
        SERVED(WasiSchedYield)
#undef SERVED
        default:
            return nullptr;
    }
}

}  // namespace

PlainHost::PlainHost(std::vector<std::string> args, std::ostream& out, std::ostream& err)
    : args_(std::move(args)), out_(out), err_(err), started_(std::chrono::steady_clock::now()) {
    for (const hostapi::HostFunction& row : hostapi::host_functions()) {
        const Handler handler = handler_of(row.id);
        if (handler == nullptr) continue;
        const hostapi::Signature& signature =
            signatures_.emplace_back(hostapi::parse_signature(hostapi::signature_of(row.id)));
        functions_.push_back({row.module, row.name, {signature.params(), signature.results()}, handler, this});
    }
}

}  // namespace wasmbed::wasm_tools
