// The messages of wire.cddl as structs. Text, byte strings and lists are views: into the frame after decoding, into the
// caller's memory when encoding. An optional text or byte string is absent when empty. Comments are in wire.cddl.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/log.hpp"
#include "core/proto/list.hpp"

namespace wasmbed::proto {

enum class MessageType : std::uint32_t {
    error = 1,
    hello = 2,
    welcome = 3,
    desired = 4,
    reported = 5,
    fetch = 6,
    chunk = 7,
    heartbeat = 8,
    log = 9,
    event = 10,
    dropped = 11,
    ack = 12,
    enroll = 13,
    enrolled = 14,
    renew = 19,
    renewed = 20,
};

inline constexpr std::uint32_t kProtocolVersion = 1;

/// Random per boot: names the sequence that stream records are numbered in.
using BootId = std::array<std::uint8_t, 8>;

enum class ErrorCode : std::uint8_t {
    malformed = 1,
    unknown_type = 2,
    not_expected = 3,
    refused = 4,
    busy = 5,
    not_found = 6,
    too_large = 7,
};

struct Error {
    ErrorCode code{};
    std::string_view text{};  ///< cut at 200 bytes when encoded
};

struct Capacity {
    std::uint64_t app_ram_bytes = 0;
    std::uint64_t store_bytes = 0;
    List<std::string_view> features{};
    std::uint32_t apps_max = 0;
    std::uint64_t module_bytes_max = 0;
};

struct Hello {
    std::uint32_t protocol = kProtocolVersion;
    BootId boot_id{};
    std::string_view firmware{};
    std::string_view engine_build{};
    std::uint32_t frame_max = 0;   ///< largest frame the device takes, bytes without prefix
    std::uint32_t record_max = 0;  ///< largest TLS record plaintext the device takes, bytes
    Capacity capacity{};
    std::string_view board{};
    std::string_view reset_reason{};
    std::uint64_t uptime_ms = 0;
};

struct Welcome {
    std::uint64_t epoch = 0;
    std::uint32_t heartbeat_seconds = 0;
};

struct DesiredApp {
    std::string_view app{};  ///< uid of the Application
    Digest manifest{};       ///< SHA-256 of the COSE_Sign1 bytes
    bool run = false;
};

struct Desired {
    std::uint64_t generation = 0;
    std::uint64_t time_ms = 0;  ///< wall time, Unix ms
    List<std::string_view> gateways{};
    List<DesiredApp> apps{};
};

enum class AppState : std::uint8_t {
    pending,
    fetching,
    installing,
    running,
    completed,
    failed,
    stopped,
    backoff,
    refused
};

enum class AppReason : std::uint8_t {
    none,
    bad_signature,
    bad_digest,
    malformed_manifest,
    malformed_module,
    invalid_module,
    unknown_import,
    not_permitted,
    out_of_memory,
    out_of_storage,
    trap,
    exit,
    start_failed,
    unsupported_language,
    stale_sequence,
    corrupt_store,
    restart_limit,
    stack_limit,
    fetch_failed,
    fuel_limit,  ///< it runs, held back by its limit of fuel per second all the time
};

struct ReportedApp {
    std::string_view app{};
    Digest manifest{};
    AppState state{};
    std::uint32_t restarts = 0;
    AppReason reason{};
    std::string_view detail{};  ///< cut at 120 bytes when encoded
    std::optional<std::int64_t> exit_code{};
    std::optional<std::uint32_t> trap_function{};
    std::optional<std::uint32_t> trap_offset{};
    std::string_view revision{};
    std::optional<std::uint32_t> rule{};  ///< that the module breaks: a number of core/wasm/rules.inc, at most 255
};

struct Reported {
    std::uint64_t generation = 0;
    List<ReportedApp> apps{};
};

struct Fetch {
    Digest digest{};
    std::uint64_t offset = 0;
    std::uint32_t length = 0;  ///< 0 asks only for the total size
};

struct Chunk {
    Digest digest{};
    std::uint64_t offset = 0;
    std::uint64_t total = 0;
    Bytes data{};
};

struct Heartbeat {
    std::uint64_t time_ms = 0;                       ///< uptime of a device, wall time of a gateway
    std::optional<std::uint32_t> memory_bytes = {};  ///< of a device: held by its apps
    std::optional<std::uint32_t> fuel = {};          ///< of a device: used by its apps since it started, modulo 2^32
};

/// What Log, Event and Dropped begin with.
struct StreamHead {
    BootId boot_id{};
    std::uint64_t seq = 0;  ///< from 1
    std::uint64_t uptime_ms = 0;
};

struct Log {
    StreamHead head{};
    LogLevel level{};
    std::string_view source{};  ///< uid of the Application, or empty for the firmware
    std::string_view text{};    ///< cut at 512 bytes when encoded
};

enum class EventKind : std::uint8_t { led = 1, app_started = 2, app_stopped = 3, security = 4, boot_step = 5 };

struct Event {
    StreamHead head{};
    EventKind kind{};
    std::string_view source{};
    std::uint32_t index = 0;  ///< LED number, pin
    std::int64_t value = 0;
    std::string_view text{};  ///< cut at 120 bytes when encoded
};

struct Dropped {
    StreamHead head{};
    std::uint64_t count = 0;  ///< records lost before this one since the last Dropped
};

struct Ack {
    BootId boot_id{};
    std::uint64_t seq = 0;
};

struct Enroll {
    std::string_view name{};  ///< "namespace/name", or empty
    Bytes hardware_id{};
    std::string_view token_id{};
    Bytes token{};  ///< 32 bytes, or empty
    Bytes csr{};    ///< PKCS #10, DER
    std::string_view board{};
};

enum class EnrollOutcome : std::uint8_t { issued, pending, refused };

struct Enrolled {
    EnrollOutcome outcome{};
    List<Bytes> chain{};  ///< DER, leaf first
    std::string_view namespace_name{};
    std::string_view device_name{};
    std::string_view uid{};
    std::string_view reason{};  ///< cut at 200 bytes when encoded
    std::optional<std::uint32_t> retry_seconds{};
};

struct Renew {
    Bytes csr{};  ///< PKCS #10, DER
};

struct Renewed {
    List<Bytes> chain{};  ///< DER, leaf first
};

}  // namespace wasmbed::proto
