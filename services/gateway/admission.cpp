#include "services/gateway/admission.hpp"

#include <algorithm>

namespace wasmbed::gateway {
namespace {

bool looks_like_uid(std::string_view text) {
    return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
}

}  // namespace

std::optional<std::string> session_problem(const fleet::Device& device, const TlsPeer& peer) {
    if (device.meta.uid != peer.device_uid) return "the Device of this certificate does not exist any more";
    // A device that is being deleted may come: it is told to remove its apps, and then the Device goes.
    if (device.approval == fleet::Approval::Rejected) return "the Device is rejected";
    if (peer.psk) {
        if (device.identity) return "the Device has a certificate: its enrollment token is of no more use";
        return std::nullopt;
    }
    if (!device.identity) return "the Device has no identity: it was never issued, or revoked";
    if (std::ranges::find(device.revoked_serials, peer.serial) != device.revoked_serials.end()) {
        return "the certificate is revoked";
    }
    // A certificate that was renewed stays good until the device comes with its successor: the answer may get lost.
    if (device.identity->serial == peer.serial && device.identity->public_key_sha256 == peer.public_key_sha256) {
        return std::nullopt;
    }
    if (!device.identity->previous_serial.empty() && device.identity->previous_serial == peer.serial) {
        return std::nullopt;
    }
    return "the certificate is not the Device's current one";
}

std::optional<std::string> enrollment_problem(const fleet::Device& device, const IdentityRequest& request) {
    if (device.meta.deleting) return "the Device is being deleted";
    if (device.approval == fleet::Approval::Rejected) return "the Device is rejected";
    if (!device.board.empty() && request.board != device.board) {
        return "the firmware is for board " + request.board + ", spec.board is " + device.board;
    }
    const bool pinned = !device.public_key.empty();
    if (pinned && device.public_key != request.public_key_sha256) return "spec.publicKey names another key";
    if (!pinned && looks_like_uid(request.common_name) && request.common_name != device.meta.uid) {
        return "the certificate request names another device, " + request.common_name;
    }
    if (pinned || request.has_token) return std::nullopt;
    const bool other_key = device.identity && device.identity->public_key_sha256 != request.public_key_sha256;
    if (other_key) return "the Device has an identity with another key";
    // The first to ask keeps its place: a person must not approve one key and get another.
    if (device.enrollment && device.enrollment->public_key_sha256 != request.public_key_sha256) {
        return "another key has asked for this Device";
    }
    return std::nullopt;
}

}  // namespace wasmbed::gateway
