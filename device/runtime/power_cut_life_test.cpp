// The power of a device cut at every single write of its store, from its first boot to its last app: it comes back with
// the old state or the new one, as the same device, and gets where it should.
#include <set>

#include "device/runtime/testing/runtime_fixture.hpp"

namespace wasmbed {
namespace {

using proto::AppState;
using testing::AppSpec;

/// One life with at most one cut: enrolls, gets an app with data of its own and another beside it, a new revision of
/// the first, and loses both again.
class Life final : public testing::RuntimeTest {
  public:
    static constexpr std::uint64_t kNever = UINT64_MAX;

    explicit Life(std::uint64_t cut_after) {
        if (cut_after != kNever) store_.cut_power_after(cut_after);
    }
    std::uint64_t steps() const { return store_.steps(); }

    void live() {
        ASSERT_TRUE(reach([&] { return gateway_.sessions > 0; })) << console_.text;
        AppSpec tally = testing::spec("tally", {"storage:starts"});
        ASSERT_NO_FATAL_FAILURE(tallies(tally));
        gateway_.want(testing::spec("hello"));
        ASSERT_TRUE(reach([&] { return is("uid-hello", AppState::completed); })) << console_.text;
        tally.sequence = 2;
        ASSERT_NO_FATAL_FAILURE(tallies(tally));
        gateway_.want_nothing();
        for (int i = 0; i < 400; ++i) turn_or_die();

        EXPECT_EQ(keys_.size(), 1u) << "enrolled with another key";
        EXPECT_EQ(keys_made_since_enrolled_, 0) << "made another key";
        EXPECT_TRUE(gateway_.security_events.empty()) << gateway_.security_events.front();
        gateway_.set_reachable(false);
        power_on();
        turns(400);
        EXPECT_TRUE(said("identity loaded")) << console_.text;
        EXPECT_FALSE(said(": running")) << console_.text;
    }

  private:
    void TestBody() override {}

    bool is(const std::string& app, AppState state) {
        return gateway_.apps.contains(app) && gateway_.apps[app].state == state;
    }

    /// This revision runs, and finds what it or the one before has stored: each boot may have started it once more.
    void tallies(const AppSpec& tally) {
        const Digest wanted = gateway_.want(tally);
        const auto reported = [&] {
            return is(tally.uid, AppState::failed) && gateway_.apps[tally.uid].manifest == wanted;
        };
        ASSERT_TRUE(reach(reported)) << console_.text;
        const std::int64_t starts = gateway_.apps[tally.uid].exit_code.value_or(0);
        EXPECT_GT(starts, starts_) << "its data is of the past";
        EXPECT_LE(starts, starts_ + 3) << console_.text;
        starts_ = starts;
    }

    template <class Condition>
    bool reach(Condition condition) {
        for (std::size_t i = 0; i < kTurnsMax; ++i) {
            if (condition()) return true;
            turn_or_die();
        }
        return false;
    }

    void turn_or_die() {
        turn();
        if (gateway_.enrollments > 0) {
            const Bytes key = gateway_.enrolled_key();
            keys_.insert({key.begin(), key.end()});
        }
        if (store_.powered()) {
            // The answer was lost with the power: the device asks again.
            if (asks_again_ && said("enrolling with")) {
                gateway_.forget_device();
                asks_again_ = false;
            }
            return;
        }
        asks_again_ = gateway_.sessions == 0;
        store_.restore_power();
        const bool known = !keys_.empty();
        power_on();
        ASSERT_TRUE(until([&] { return said("identity loaded") || said("key made"); })) << console_.text;
        if (known && said("key made")) ++keys_made_since_enrolled_;
        EXPECT_EQ(console_.text.find("damaged"), std::string::npos) << console_.text;
        EXPECT_EQ(console_.text.find("corrupt"), std::string::npos) << console_.text;
    }

    std::set<std::vector<std::uint8_t>> keys_;
    int keys_made_since_enrolled_ = 0;
    bool asks_again_ = false;
    std::int64_t starts_ = 0;
};

/// One test for every kShards-th position, so that they run side by side.
class PowerCutLife : public ::testing::TestWithParam<std::uint64_t> {};
constexpr std::uint64_t kShards = 8;

TEST_P(PowerCutLife, comes_back_as_the_same_device_and_gets_there) {
    Life whole(Life::kNever);
    ASSERT_NO_FATAL_FAILURE(whole.live());
    const std::uint64_t steps = whole.steps();
    ASSERT_GT(steps, 300u);
    for (std::uint64_t cut = GetParam(); cut < steps; cut += kShards) {
        SCOPED_TRACE("power cut after step " + std::to_string(cut) + " of " + std::to_string(steps));
        Life life(cut);
        ASSERT_NO_FATAL_FAILURE(life.live());
        if (HasFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(EveryWrite, PowerCutLife, ::testing::Range<std::uint64_t>(0, kShards));

}  // namespace
}  // namespace wasmbed
