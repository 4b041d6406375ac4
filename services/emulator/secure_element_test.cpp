// The element of the emulator against the device's driver, by way of lines that also misbehave; and the contracts of
// what the driver makes of it.
#include "services/emulator/secure_element.hpp"

#include <deque>
#include <fstream>
#include <gtest/gtest.h>

#include "device/drivers/secure_element.hpp"
#include "device/hal/contract/store_contract.hpp"
#include "device/runtime/store/kv_store.hpp"
#include "host/pki/testing/temporary_folder.hpp"

namespace wasmbed::emulator {
namespace {

constexpr std::uint32_t kBytes = 65536;
constexpr std::uint32_t kFactoryBytes = 4096;
constexpr std::uint32_t kStoreAt = 8192;
constexpr hal::StoreGeometry kStore{kBytes - kStoreAt, 1024, 8};

/// Time passes only when somebody waits in vain.
struct TestClock final : hal::Clock {
    std::uint64_t us = 0;
    std::uint64_t do_now_us() const override { return us; }
};

/// A line that carries at once what is sent, and damages or cuts it on demand.
class TestLine final : public drivers::ByteLine {
  public:
    TestLine(SecureElement& element, TestClock& clock) : element_(element), clock_(clock) {}

    int damage_questions = 0;         ///< so many of the next ones
    int lose_answers = 0;             ///< so many of the next ones
    std::uint64_t late_until_us = 0;  ///< answers wait for that time
    int questions_until_cut = -1;     ///< then the power of the board is cut: nothing more arrives

  private:
    void do_send(Bytes data) override {
        sent_.insert(sent_.end(), data.begin(), data.end());
        // A question ends where its length says; the driver sends it in parts.
        if (sent_.size() < 12 || sent_.size() < 12u + (sent_[1] == 4 ? sent_[3] : 0)) return;
        if (questions_until_cut == 0) return sent_.clear();
        if (questions_until_cut > 0) --questions_until_cut;
        if (damage_questions > 0) {
            --damage_questions;
            sent_[sent_.size() - 1] ^= 0x10;
        }
        std::vector<std::uint8_t> answers;
        element_.receive(sent_, answers);
        sent_.clear();
        if (lose_answers > 0 && !answers.empty()) {
            --lose_answers;
            answers.resize(answers.size() / 2);
        }
        auto& queue = clock_.us < late_until_us ? late_ : received_;
        queue.insert(queue.end(), answers.begin(), answers.end());
    }
    bool do_receive(MutableBytes out, std::uint64_t deadline_us) override {
        for (std::uint8_t& byte : out) {
            if (received_.empty() && !late_.empty() && deadline_us >= late_until_us) {
                clock_.us = late_until_us;
                received_.swap(late_);
            }
            if (received_.empty()) {
                clock_.us = deadline_us;
                return false;
            }
            byte = received_.front();
            received_.pop_front();
        }
        return true;
    }
    void do_drop_received() override { received_.clear(); }

    SecureElement& element_;
    TestClock& clock_;
    std::vector<std::uint8_t> sent_;
    std::deque<std::uint8_t> received_;
    std::deque<std::uint8_t> late_;
};

/// An element with its file, and a board beside it.
struct Bench {
    pki::testing::TemporaryFolder folder;
    SecureElement element = make();
    TestClock clock;
    TestLine line{element, clock};
    drivers::SecureElement driver{line, clock};
    drivers::SecureElementStore slots{driver, kStoreAt, kStore};
    hal::Store& store() { return slots; }

    SecureElement make() {
        const std::filesystem::path file = std::filesystem::path(folder.path()) / "store.img";
        std::ofstream(file) << "FACTORY";
        std::filesystem::resize_file(file, kBytes);
        return std::move(*SecureElement::open(file, {kBytes, kFactoryBytes, 1024, 8}, {1, 2, 3, 4, 5, 6, 7, 8}));
    }
};

}  // namespace
}  // namespace wasmbed::emulator

namespace wasmbed::hal {
INSTANTIATE_TYPED_TEST_SUITE_P(SecureElement, StoreContract, emulator::Bench);
}  // namespace wasmbed::hal

namespace wasmbed::emulator {
namespace {

using Status = drivers::SecureElement::Status;

TEST(SecureElement, says_who_it_is) {
    Bench bench;
    const auto identity = bench.driver.identify();
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->serial, (std::array<std::uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_EQ(identity->size, kBytes);
    EXPECT_EQ(identity->erase_block, 1024u);
    EXPECT_EQ(identity->program_unit, 8u);
    EXPECT_EQ(identity->read_only, kFactoryBytes);
}

TEST(SecureElement, gives_random_bytes_that_differ) {
    Bench bench;
    drivers::SecureElementEntropy entropy{bench.driver};
    std::vector<std::uint8_t> first(300), second(300);
    ASSERT_TRUE(static_cast<hal::Entropy&>(entropy).fill(first));
    ASSERT_TRUE(static_cast<hal::Entropy&>(entropy).fill(second));
    EXPECT_NE(first, second);
}

TEST(SecureElement, lets_nobody_change_the_factory_partition) {
    Bench bench;
    EXPECT_EQ(bench.driver.erase(0).error(), Status::ReadOnly);
    EXPECT_EQ(bench.driver.program(4088, std::vector<std::uint8_t>(8)).error(), Status::ReadOnly);
    std::vector<std::uint8_t> memory(7);
    drivers::SecureElementFactory factory{bench.driver, memory};
    EXPECT_TRUE(factory.bytes().empty());
    factory.load();
    EXPECT_EQ(text_of(factory.bytes()), "FACTORY");
}

TEST(SecureElement, repeats_an_answer_that_was_lost_without_doing_it_twice) {
    Bench bench;
    ASSERT_TRUE(bench.driver.erase(kStoreAt));
    bench.line.lose_answers = 1;
    EXPECT_TRUE(bench.driver.program(kStoreAt, bytes_of("survives")));  // a second time it would be NotErased
    EXPECT_EQ(bench.driver.program(kStoreAt, bytes_of("survives")).error(), Status::NotErased);
}

TEST(SecureElement, is_asked_again_when_the_line_damages_a_question) {
    Bench bench;
    bench.line.damage_questions = 6;
    EXPECT_TRUE(bench.driver.erase(kStoreAt));
    bench.line.damage_questions = 7;
    EXPECT_EQ(bench.driver.erase(kStoreAt).error(), Status::NoAnswer);
    EXPECT_TRUE(bench.driver.erase(kStoreAt)) << "what lay damaged in the element's buffer is in nobody's way";
}

/// The element of a busy machine: what it is given it answers, seconds later.
TEST(SecureElement, that_answers_late_is_waited_for) {
    Bench bench;
    ASSERT_TRUE(bench.driver.erase(kStoreAt));
    bench.line.late_until_us = 5'000'000;
    EXPECT_TRUE(bench.driver.program(kStoreAt, bytes_of("patience")));
    EXPECT_EQ(bench.clock.us, 5'000'000u);
    std::vector<std::uint8_t> read(8);
    ASSERT_TRUE(bench.store().read(0, read)) << "answers to the repetitions are in nobody's way";
    EXPECT_EQ(text_of(read), "patience");
}

TEST(SecureElement, absent_is_an_error_of_each_part_and_not_a_hang) {
    Bench bench;
    bench.line.questions_until_cut = 0;
    drivers::SecureElementEntropy entropy{bench.driver};
    std::vector<std::uint8_t> bytes(16);
    EXPECT_EQ(static_cast<hal::Entropy&>(entropy).fill(bytes).error(), hal::EntropyError::NoData);
    EXPECT_EQ(bench.store().read(0, bytes).error(), hal::StoreError::Device);
    EXPECT_EQ(bench.driver.identify().error(), Status::NoAnswer);
}

TEST(SecureElement, answers_bytes_that_come_one_by_one_and_ignores_noise) {
    Bench bench;
    std::vector<std::uint8_t> answers;
    for (const std::uint8_t byte : {0x00, 0x5E, 0x5E, 0x01, 0xFF, 0x5E})
        bench.element.receive(Bytes(&byte, 1), answers);
    EXPECT_TRUE(answers.empty());
    EXPECT_TRUE(bench.driver.identify());
}

/// A key-value store over the element keeps the old or the new value wherever the board's power is cut.
TEST(SecureElement, key_value_store_survives_a_power_cut_at_every_question) {
    for (int cut = 0;; ++cut) {
        SCOPED_TRACE(cut);
        Bench bench;
        store::KvStore before{bench.store()};
        ASSERT_TRUE(before.open());
        ASSERT_TRUE(before.set("name", bytes_of("old")));
        bench.line.questions_until_cut = cut;
        const bool changed = before.set("name", bytes_of("new")).has_value();
        const bool power_lasted = bench.line.questions_until_cut > 0;
        bench.line.questions_until_cut = -1;
        bench.element.line_cut();

        store::KvStore after{bench.store()};
        const auto report = after.open();
        ASSERT_TRUE(report);
        EXPECT_EQ(report->damaged, 0u);
        std::array<std::uint8_t, 3> value;
        ASSERT_EQ(after.get("name", value), 3u);
        EXPECT_TRUE(text_of(value) == "new" || (!changed && text_of(value) == "old"));
        if (power_lasted) break;
    }
}

}  // namespace
}  // namespace wasmbed::emulator
