#include "services/controller/enrollment.hpp"

#include <gtest/gtest.h>

#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller {
namespace {

using fleet::Approval;

struct Case {
    const char* name;
    bool request = true;
    bool token = false;
    Approval approval = Approval::Unset;
    const char* pin = "";
    const char* identity_key = "";
    const char* board = "mps2-an385";
    EnrollmentAction action;
    const char* reason;
};

const Case kCases[] = {
    {.name = "nothing heard", .request = false, .action = EnrollmentAction::none, .reason = "NoRequest"},
    {.name = "valid token approves", .token = true, .action = EnrollmentAction::issue, .reason = "CertificateIssued"},
    {.name = "no token waits", .action = EnrollmentAction::wait, .reason = "WaitingForApproval"},
    {.name = "an approval that names no key",
     .approval = Approval::Approved,
     .action = EnrollmentAction::wait,
     .reason = "WaitingForApproval"},
    {.name = "a person approves the key",
     .approval = Approval::Approved,
     .pin = "key",
     .action = EnrollmentAction::issue,
     .reason = "CertificateIssued"},
    {.name = "a person's rejection beats a token",
     .token = true,
     .approval = Approval::Rejected,
     .action = EnrollmentAction::refuse,
     .reason = "Rejected"},
    {.name = "rejected before any request",
     .request = false,
     .approval = Approval::Rejected,
     .action = EnrollmentAction::refuse,
     .reason = "Rejected"},
    {.name = "another key than the pinned one",
     .token = true,
     .pin = "other",
     .action = EnrollmentAction::refuse,
     .reason = "KeyNotPinned"},
    {.name = "the pinned key with a token",
     .token = true,
     .pin = "key",
     .action = EnrollmentAction::issue,
     .reason = "CertificateIssued"},
    {.name = "a pin alone is no approval",
     .pin = "key",
     .action = EnrollmentAction::wait,
     .reason = "WaitingForApproval"},
    {.name = "firmware of another board",
     .token = true,
     .board = "sim",
     .action = EnrollmentAction::refuse,
     .reason = "BoardMismatch"},
    {.name = "a gateway that does not say the board",
     .token = true,
     .board = "",
     .action = EnrollmentAction::issue,
     .reason = "CertificateIssued"},
    {.name = "answered already",
     .token = true,
     .identity_key = "key",
     .action = EnrollmentAction::none,
     .reason = "CertificateIssued"},
    {.name = "another key after an approval",
     .approval = Approval::Approved,
     .identity_key = "former",
     .action = EnrollmentAction::refuse,
     .reason = "OtherKey"},
    {.name = "another key with a token",
     .token = true,
     .identity_key = "former",
     .action = EnrollmentAction::issue,
     .reason = "CertificateIssued"},
    {.name = "another key that a person pinned and approved",
     .approval = Approval::Approved,
     .pin = "key",
     .identity_key = "former",
     .action = EnrollmentAction::issue,
     .reason = "CertificateIssued"},
};

TEST(DecideEnrollment, follows_the_policy) {
    for (const Case& c : kCases) {
        fleet::Device device = testing::make_device();
        device.approval = c.approval;
        device.public_key = c.pin;
        if (c.request) {
            device.enrollment = fleet::Enrollment{};
            device.enrollment->public_key_sha256 = "key";
            device.enrollment->board = c.board;
            device.enrollment->token_id = c.token ? "t" : "";
        }
        if (*c.identity_key != '\0') {
            device.identity = fleet::Identity{};
            device.identity->public_key_sha256 = c.identity_key;
        }
        EnrollmentVerdict verdict = decide_enrollment(device);
        EXPECT_EQ(verdict.action, c.action) << c.name;
        EXPECT_EQ(verdict.reason, c.reason) << c.name;
        EXPECT_FALSE(verdict.message.empty()) << c.name;
    }
}

}  // namespace
}  // namespace wasmbed::controller
