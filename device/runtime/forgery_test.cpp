// Bytes that are not what their digest or signature says: never run, always told.
#include <gmock/gmock.h>

#include "device/runtime/testing/runtime_fixture.hpp"

namespace wasmbed {
namespace {

using proto::AppReason;
using proto::AppState;
using ::testing::AnyOf;
using testing::AppSpec;

/// Not each byte, to keep the test short; prime, so that it meets every part of every field.
constexpr std::size_t kStride = 13;

class ForgeryTest : public testing::RuntimeTest {
  protected:
    /// One more app of the same module, so that each forgery starts from nothing.
    AppSpec next() {
        AppSpec app = testing::spec("hello");
        app.uid = "uid-" + std::to_string(++count_);
        return app;
    }
    /// What the device makes of it; clears the way for the next.
    AppReason refusal_of(const AppSpec& app) {
        const std::size_t events = gateway_.security_events.size();
        EXPECT_TRUE(until_state(app.uid, AppState::refused)) << console_.text;
        const AppReason reason = gateway_.apps[app.uid].reason;
        EXPECT_TRUE(until([&] { return gateway_.security_events.size() > events; })) << "no security event";
        EXPECT_FALSE(said("hello from"));
        EXPECT_FALSE(said(": running"));
        gateway_.want_nothing();
        EXPECT_TRUE(until([&] { return gateway_.apps.empty(); }));
        return reason;
    }
    int count_ = 0;
};

TEST_F(ForgeryTest, a_manifest_with_any_byte_changed_is_refused_by_its_digest) {
    for (std::size_t position = 0;; position += kStride) {
        const AppSpec app = next();
        if (!gateway_.forge_blob(gateway_.want(app), position)) break;
        ASSERT_EQ(refusal_of(app), AppReason::bad_digest) << position;
    }
    EXPECT_GT(count_, 10);
}

TEST_F(ForgeryTest, a_manifest_named_by_its_forged_bytes_is_refused_by_its_signature) {
    for (std::size_t position = 0;; position += kStride) {
        const AppSpec app = next();
        if (!gateway_.want_forged_manifest(app, position)) break;
        // Bytes that hold the structure together are no COSE_Sign1 any more when they change.
        ASSERT_THAT(refusal_of(app), AnyOf(AppReason::bad_signature, AppReason::malformed_manifest)) << position;
    }
    EXPECT_GT(count_, 10);
}

TEST_F(ForgeryTest, a_module_with_any_byte_changed_is_refused_by_its_digest) {
    const std::vector<std::uint8_t> module = testing::spec("hello").module;
    crypto::PsaCrypto crypto;
    const Digest digest = crypto.sha256(module);
    for (std::size_t position = 0; position < module.size(); position += 5 * kStride) {
        const AppSpec app = next();
        gateway_.want(app);  // offers the module afresh
        ASSERT_TRUE(gateway_.forge_blob(digest, position));
        ASSERT_EQ(refusal_of(app), AppReason::bad_digest) << position;
    }
}

TEST_F(ForgeryTest, what_runs_beside_goes_on) {
    const AppSpec blink = testing::spec("blink", {"led:0"});
    gateway_.want(blink);
    ASSERT_TRUE(until_state("uid-blink", AppState::running));
    const AppSpec hello = next();
    ASSERT_TRUE(gateway_.want_forged_manifest(hello, 100));
    ASSERT_TRUE(until_state(hello.uid, AppState::refused));
    const std::size_t changes = gateway_.led_events.size();
    ASSERT_TRUE(until([&] { return gateway_.led_events.size() > changes + 2; }));
    EXPECT_EQ(gateway_.apps["uid-blink"].state, AppState::running);
    EXPECT_EQ(gateway_.apps["uid-blink"].restarts, 0u);
}

}  // namespace
}  // namespace wasmbed
