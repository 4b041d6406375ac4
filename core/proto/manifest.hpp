// The manifest of manifest.cddl: what a device may run. On the wire and in the store it is the payload of a COSE_Sign1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/proto/cbor_error.hpp"
#include "core/proto/list.hpp"

namespace wasmbed::proto {

/// Largest COSE_Sign1 of a manifest, bytes.
inline constexpr std::size_t kManifestBytesMax = 4096;

enum class Language : std::uint8_t { wasm, scheme };
enum class RestartPolicy : std::uint8_t { never, on_failure, always };

/// Absent means the default that manifest.cddl gives.
struct Limits {
    std::optional<std::uint32_t> memory_bytes{};
    std::optional<std::uint32_t> stack_bytes{};
    std::optional<std::uint32_t> fuel_per_second{};
    std::optional<std::uint32_t> storage_bytes{};
};

struct Restart {
    RestartPolicy policy{};
    std::uint32_t restarts_max = 0;  ///< 0: no limit
    std::uint32_t backoff_ms = 0;
};

struct EnvEntry {
    std::string_view name{};
    std::string_view value{};
};

/// Views: into the encoded bytes after decoding, into the caller's memory when encoding.
struct Manifest {
    std::string_view namespace_name{};
    std::string_view app_uid{};
    std::string_view app_name{};
    std::string_view revision{};
    std::uint64_t sequence = 0;
    Digest module{};
    std::uint64_t module_bytes = 0;
    Language language{};
    Limits limits{};
    List<std::string_view> permissions{};
    Restart restart{};
    std::string_view schedule{};  ///< empty: none
    List<std::string_view> args{};
    List<EnvEntry> env{};  ///< when encoding: sorted by cbor_text_key_less(name)
    bool rollback = false;
};

/// Decodes the payload of a manifest's COSE_Sign1.
Result<Manifest, CborError> decode_manifest(Bytes payload);

/// Encodes into `out`. Errors: `no_room`, `out_of_range` (a field outside manifest.cddl), `unsorted_key` or
/// `duplicate_key` (env).
Result<Bytes, CborError> encode_manifest(MutableBytes out, const Manifest& manifest);

}  // namespace wasmbed::proto
