#include "services/controller/enrollment.hpp"

namespace wasmbed::controller {
namespace {

EnrollmentVerdict refuse(std::string reason, std::string message) {
    return {EnrollmentAction::refuse, std::move(reason), std::move(message)};
}

EnrollmentVerdict without_request(const fleet::Device& device) {
    if (device.identity) return {EnrollmentAction::none, "CertificateIssued", "the device has a certificate"};
    return {EnrollmentAction::none, "NoRequest", "the device has not asked for a certificate yet"};
}

EnrollmentVerdict issue(std::string message) {
    return {EnrollmentAction::issue, "CertificateIssued", std::move(message)};
}

}  // namespace

EnrollmentVerdict decide_enrollment(const fleet::Device& device) {
    if (device.approval == fleet::Approval::Rejected) return refuse("Rejected", "spec.approval is Rejected");
    if (!device.enrollment) return without_request(device);
    const fleet::Enrollment& request = *device.enrollment;
    // The session it came over has proved who asks.
    bool renews = device.identity && !request.renews_serial.empty() && request.renews_serial == device.identity->serial;
    if (!renews && device.identity && device.identity->public_key_sha256 == request.public_key_sha256) {
        return without_request(device);
    }
    if (!request.board.empty() && request.board != device.board) {
        return refuse("BoardMismatch", "the device runs firmware for " + request.board + ", spec.board is " +
                                           device.board + "; correct one of the two");
    }
    bool pinned = !device.public_key.empty();
    if (pinned && device.public_key != request.public_key_sha256) {
        return refuse("KeyNotPinned",
                      "the request's key " + request.public_key_sha256 + " is not the one that spec.publicKey pins");
    }
    if (renews) return issue("renewed over a session with certificate " + request.renews_serial);
    if (!request.token_id.empty()) return issue("approved by enrollment token");
    if (device.identity && !pinned) {
        return refuse("OtherKey", "the device has a certificate for another key; a request with key " +
                                      request.public_key_sha256 +
                                      " came without a token. If the device was replaced, put that key into "
                                      "spec.publicKey");
    }
    // An approval is of one key: whoever asks last must not get what was meant for another.
    if (pinned && device.approval == fleet::Approval::Approved) return issue("approved by spec.approval");
    return {EnrollmentAction::wait, "WaitingForApproval",
            "the device asks with key " + request.public_key_sha256 +
                "; run wasmbed device approve or reject, or set spec.publicKey to that key and "
                "spec.approval to Approved"};
}

}  // namespace wasmbed::controller
