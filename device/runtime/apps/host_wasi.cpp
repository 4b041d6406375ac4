// Host functions of wasi_snapshot_preview1 (WASI 0.1, witx of preview 1): what C programs need on a device without
// files.
#include <algorithm>
#include <cstring>
#include <optional>

#include "core/base/utf8.hpp"
#include "device/runtime/apps/host_context.hpp"

namespace wasmbed::apps {
namespace {

using wasm::GuestMemory;
using wasm::HostCall;
using wasm::HostResult;

/// Values of `errno` in the witx.
enum Errno : std::uint32_t { kSuccess = 0, kBadf = 8, kFault = 21, kInval = 28, kIo = 29, kNotsup = 58, kSpipe = 70 };
enum Clock : std::uint32_t { kRealtime = 0, kMonotonic = 1 };

constexpr std::uint32_t kVectorsMax = 16;
constexpr std::uint32_t kSubscriptionsMax = 8;
constexpr std::uint32_t kRandomBytesMax = 4096;
constexpr std::uint64_t kNsPerMs = 1'000'000;

HostResult done(HostCall& call, Errno error) {
    return apps::done(call, static_cast<std::int32_t>(error));
}

bool is_standard(std::uint32_t fd) {
    return fd <= 2;
}

/// Writes strings with terminators and pointers to them: argv and environ.
class StringTable {
  public:
    StringTable(const GuestMemory& memory, std::uint32_t pointers, std::uint32_t buffer)
        : memory_(memory), pointers_(pointers), buffer_(buffer) {}

    void begin() { ok_ = ok_ && memory_.store<std::uint32_t>(pointers_ + 4 * count_++, buffer_ + bytes_); }
    void put(std::string_view text) {
        const std::optional<MutableBytes> out = memory_.at(buffer_ + bytes_, static_cast<std::uint32_t>(text.size()));
        ok_ = ok_ && out;
        if (ok_ && !text.empty()) std::memcpy(out->data(), text.data(), text.size());
        bytes_ += static_cast<std::uint32_t>(text.size());
    }
    void end() { put(std::string_view{"\0", 1}); }
    bool ok() const { return ok_; }

  private:
    const GuestMemory& memory_;
    std::uint32_t pointers_;
    std::uint32_t buffer_;
    std::uint32_t count_ = 0;
    std::uint32_t bytes_ = 0;
    bool ok_ = true;
};

/// Appends output to the app's unfinished line and logs each line that is done.
void put_output(HostContext& host, unsigned stream, std::string_view text) {
    FixedString<kOutputLineBytes>& pending = host.app->loaded->output[stream];
    const LogLevel level = stream == 0 ? LogLevel::info : LogLevel::warn;
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        const std::string_view part = text.substr(0, std::min(newline, kOutputLineBytes - pending.size()));
        char joined[kOutputLineBytes];
        std::memcpy(joined, pending.view().data(), pending.size());
        std::memcpy(joined + pending.size(), part.data(), part.size());
        const std::string_view line{joined, pending.size() + part.size()};
        const bool complete = part.size() == newline;
        text.remove_prefix(part.size() + (complete ? 1 : 0));
        if (complete || line.size() == kOutputLineBytes) {
            host.say(level, line);
            pending.clear();
        } else {
            pending.assign(line);
        }
    }
}

}  // namespace

HostResult HostHandlers::WasiArgsSizesGet(void* context, HostCall& call) {
    const proto::Manifest& manifest = context_of(context).manifest();
    std::uint32_t bytes = static_cast<std::uint32_t>(manifest.app_name.size()) + 1;
    for (const std::string_view arg : manifest.args) bytes += static_cast<std::uint32_t>(arg.size()) + 1;
    const auto count = static_cast<std::uint32_t>(manifest.args.size()) + 1;
    const bool stored = call.memory().store(call.u32(0), count) && call.memory().store(call.u32(1), bytes);
    return done(call, stored ? kSuccess : kFault);
}

HostResult HostHandlers::WasiArgsGet(void* context, HostCall& call) {
    const proto::Manifest& manifest = context_of(context).manifest();
    StringTable table{call.memory(), call.u32(0), call.u32(1)};
    table.begin();
    table.put(manifest.app_name);
    table.end();
    for (const std::string_view arg : manifest.args) {
        table.begin();
        table.put(arg);
        table.end();
    }
    return done(call, table.ok() ? kSuccess : kFault);
}

HostResult HostHandlers::WasiEnvironSizesGet(void* context, HostCall& call) {
    const proto::Manifest& manifest = context_of(context).manifest();
    std::uint32_t bytes = 0;
    for (const proto::EnvEntry& entry : manifest.env)
        bytes += static_cast<std::uint32_t>(entry.name.size() + entry.value.size()) + 2;
    const auto count = static_cast<std::uint32_t>(manifest.env.size());
    const bool stored = call.memory().store(call.u32(0), count) && call.memory().store(call.u32(1), bytes);
    return done(call, stored ? kSuccess : kFault);
}

HostResult HostHandlers::WasiEnvironGet(void* context, HostCall& call) {
    StringTable table{call.memory(), call.u32(0), call.u32(1)};
    for (const proto::EnvEntry& entry : context_of(context).manifest().env) {
        table.begin();
        table.put(entry.name);
        table.put("=");
        table.put(entry.value);
        table.end();
    }
    return done(call, table.ok() ? kSuccess : kFault);
}

HostResult HostHandlers::WasiClockResGet(void*, HostCall& call) {
    if (call.u32(0) > kMonotonic) return done(call, kInval);
    return done(call, call.memory().store<std::uint64_t>(call.u32(1), kNsPerMs) ? kSuccess : kFault);
}

HostResult HostHandlers::WasiClockTimeGet(void* context, HostCall& call) {
    const HostContext& host = context_of(context);
    std::uint64_t ms = host.now().ms;
    if (call.u32(0) == kRealtime) {
        if (host.wall_offset_ms == 0) return done(call, kIo);
        ms += host.wall_offset_ms;
    } else if (call.u32(0) != kMonotonic) {
        return done(call, kInval);
    }
    return done(call, call.memory().store<std::uint64_t>(call.u32(3), ms * kNsPerMs) ? kSuccess : kFault);
}

HostResult HostHandlers::WasiFdClose(void*, HostCall& call) {
    return done(call, is_standard(call.u32(0)) ? kSuccess : kBadf);
}

/// fdstat is {u8 filetype, u16 flags, u64 rights, u64 inheriting}, 24 bytes; filetype 2 is a character device, right 6
/// is fd_write.
HostResult HostHandlers::WasiFdFdstatGet(void*, HostCall& call) {
    if (!is_standard(call.u32(0))) return done(call, kBadf);
    const std::optional<MutableBytes> out = call.memory().at(call.u32(1), 24);
    if (!out) return done(call, kFault);
    std::memset(out->data(), 0, out->size());
    (*out)[0] = 2;
    (*out)[8] = call.u32(0) == 0 ? 1 << 1 : 1 << 6;
    return done(call, kSuccess);
}

HostResult HostHandlers::WasiFdFdstatSetFlags(void*, HostCall& call) {
    return done(call, is_standard(call.u32(0)) ? kNotsup : kBadf);
}

HostResult HostHandlers::WasiFdPrestatGet(void*, HostCall& call) {
    return done(call, kBadf);
}

HostResult HostHandlers::WasiFdPrestatDirName(void*, HostCall& call) {
    return done(call, kBadf);
}

HostResult HostHandlers::WasiFdRead(void*, HostCall& call) {
    if (call.u32(0) != 0) return done(call, kBadf);
    return done(call, call.memory().store<std::uint32_t>(call.u32(3), 0) ? kSuccess : kFault);
}

HostResult HostHandlers::WasiFdSeek(void*, HostCall& call) {
    return done(call, is_standard(call.u32(0)) ? kSpipe : kBadf);
}

HostResult HostHandlers::WasiFdWrite(void* context, HostCall& call) {
    const std::uint32_t fd = call.u32(0);
    if (fd != 1 && fd != 2) return done(call, kBadf);
    std::uint32_t written = 0;
    const std::uint32_t count = std::min(call.u32(2), kVectorsMax);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::optional<std::uint64_t> vector = call.memory().load<std::uint64_t>(call.u32(1) + 8 * i);
        if (!vector) return done(call, kFault);
        const std::optional<MutableBytes> bytes =
            call.memory().at(static_cast<std::uint32_t>(*vector), static_cast<std::uint32_t>(*vector >> 32));
        if (!bytes) return done(call, kFault);
        put_output(context_of(context), fd - 1, text_of(*bytes));
        written += static_cast<std::uint32_t>(bytes->size());
    }
    return done(call, call.memory().store(call.u32(3), written) ? kSuccess : kFault);
}

/// subscription is {u64 userdata, u8 tag, u32 clock @16, u64 timeout @24, u64 precision, u16 flags @40}, 48 bytes;
/// event is {u64 userdata, u16 error, u8 type, ...}, 32 bytes. The events are written before the app sleeps: it cannot
/// look before it wakes.
HostResult HostHandlers::WasiPollOneoff(void* context, HostCall& call) {
    HostContext& host = context_of(context);
    const std::uint32_t subscriptions = call.u32(0), events = call.u32(1), count = call.u32(2), stored_at = call.u32(3);
    if (count == 0 || count > kSubscriptionsMax) return done(call, kInval);
    const Instant now = host.now();
    const auto due = [&](const MutableBytes& raw) {
        std::uint64_t timeout_ns = 0;
        std::memcpy(&timeout_ns, &raw[24], 8);
        const Instant target{timeout_ns / kNsPerMs + (timeout_ns % kNsPerMs != 0 ? 1 : 0)};
        const bool absolute = (raw[40] & 1) != 0;
        if (!absolute) return now + Duration{target.ms};
        return raw[16] == kRealtime ? Instant{target.ms - std::min(target.ms, host.wall_offset_ms)} : target;
    };
    Instant first = kNever;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::optional<MutableBytes> raw = call.memory().at(subscriptions + 48 * i, 48);
        if (!raw) return done(call, kFault);
        if ((*raw)[8] != 0 || (*raw)[16] > kMonotonic) return done(call, kNotsup);
        first = sooner(first, due(*raw));
    }
    std::uint32_t stored = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::optional<MutableBytes> raw = call.memory().at(subscriptions + 48 * i, 48);
        if (due(*raw) > first) continue;
        std::uint8_t userdata[8];
        std::memcpy(userdata, raw->data(), 8);
        const std::optional<MutableBytes> event = call.memory().at(events + 32 * stored, 32);
        if (!event) return done(call, kFault);
        std::memset(event->data(), 0, event->size());
        std::memcpy(event->data(), userdata, 8);
        ++stored;
    }
    if (!call.memory().store(stored_at, stored)) return done(call, kFault);
    return host.sleep_until(first);
}

HostResult HostHandlers::WasiProcExit(void* context, HostCall& call) {
    context_of(context).app->exit_code = call.i32(0);
    return HostResult::trap(kExitTrap);
}

HostResult HostHandlers::WasiRandomGet(void* context, HostCall& call) {
    const std::optional<MutableBytes> bytes = call.memory().at(call.u32(0), call.u32(1));
    if (!bytes) return done(call, kFault);
    if (bytes->size() > kRandomBytesMax) return done(call, kInval);
    HostContext& host = context_of(context);
    return host.crypto.random(*bytes) ? host.end_slice() : done(call, kIo);
}

HostResult HostHandlers::WasiSchedYield(void* context, HostCall&) {
    return context_of(context).end_slice();
}

}  // namespace wasmbed::apps
