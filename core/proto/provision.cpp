#include "core/proto/provision.hpp"

#include <algorithm>

#include "core/base/crc32.hpp"
#include "core/base/endian.hpp"
#include "core/proto/shape_of.hpp"

namespace wasmbed::proto {
namespace {

constexpr Field kManifestKeyFields[] = {
    WASMBED_FIELD(1, ManifestKey, kid).within(1, kKidBytesMax),
    WASMBED_FIELD(2, ManifestKey, key),
};
constexpr Shape kManifestKeyShape{kManifestKeyFields};
constexpr Field kManifestKey = element_of<ManifestKey>().as(kManifestKeyShape);

constexpr Field kTokenFields[] = {
    WASMBED_FIELD(1, EnrollToken, id).within(1, 36),
    WASMBED_FIELD(2, EnrollToken, secret).within(32, 32),
};
constexpr Shape kToken{kTokenFields};

constexpr Field kRoot = element_of<Bytes>().within(1, 1024);
constexpr Field kGateway = element_of<std::string_view>().within(1, 128);

constexpr Field kProvisionFields[] = {
    WASMBED_FIELD(1, Provision, name).within(1, 253).if_present(),
    WASMBED_FIELD(2, Provision, uid).within(1, 36).if_present(),
    WASMBED_FIELD(3, Provision, roots).of(kRoot).within(0, 3),
    WASMBED_FIELD(4, Provision, manifest_keys).of(kManifestKey).within(1, 3),
    WASMBED_FIELD(5, Provision, gateways).of(kGateway).within(1, 8),
    WASMBED_FIELD(6, Provision, token).as(kToken).if_present(),
};

// Magic, length, CRC-32.
constexpr std::size_t kHeaderBytes = 12;
constexpr std::array<std::uint8_t, 4> kMagic{'W', 'B', 'P', 'V'};

}  // namespace

constinit const Shape kProvisionShape{kProvisionFields};

Result<Provision, ProvisionError> decode_provision(Bytes partition) {
    if (partition.size() < kHeaderBytes || !std::ranges::equal(partition.first(kMagic.size()), kMagic)) {
        return fail(ProvisionError{ProvisionErrorKind::blank, {}});
    }
    const std::size_t item_bytes = load_le32(&partition[4]);
    if (item_bytes > std::min(partition.size(), kProvisionBytesMax) - kHeaderBytes) {
        return fail(ProvisionError{ProvisionErrorKind::bad_length, {}});
    }
    const Bytes item = partition.subspan(kHeaderBytes, item_bytes);
    if (crc32(item) != load_le32(&partition[8])) return fail(ProvisionError{ProvisionErrorKind::bad_checksum, {}});

    CborReader in(item);
    Provision provision;
    read_shape(in, kProvisionShape, &provision);
    if (!in.ok()) return fail(ProvisionError{ProvisionErrorKind::malformed, in.error()});
    return provision;
}

Result<Bytes, CborError> encode_provision(MutableBytes out, const Provision& provision) {
    out = out.first(std::min(out.size(), kProvisionBytesMax));
    CborWriter writer(out.size() > kHeaderBytes ? out.subspan(kHeaderBytes) : MutableBytes{});
    write_shape(writer, kProvisionShape, &provision);
    const auto item = writer.finish();
    if (!item) return item;
    std::ranges::copy(kMagic, out.begin());
    store_le32(&out[4], static_cast<std::uint32_t>(item->size()));
    store_le32(&out[8], crc32(*item));
    return Bytes(out).first(kHeaderBytes + item->size());
}

template <>
std::size_t decode_element(Bytes encoded, ManifestKey* element) {
    return read_element(encoded, kManifestKey, element);
}

}  // namespace wasmbed::proto
