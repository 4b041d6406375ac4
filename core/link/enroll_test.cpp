#include "core/link/enroll.hpp"

#include <gtest/gtest.h>

#include "core/link/testing.hpp"

namespace wasmbed::link {
namespace {

constexpr std::uint8_t kSome[] = {1, 2, 3};

struct Exchange final : EnrollDevice::Events, EnrollGateway::Events {
    void on_enrolled(const proto::Enrolled& enrolled) override {
        outcomes.push_back(enrolled.outcome);
        chain_sizes.clear();
        for (Bytes certificate : enrolled.chain) chain_sizes.push_back(certificate.size());
    }
    void on_enroll(const proto::Enroll& enroll) override {
        ++enrolls;
        name = std::string(enroll.name);
    }

    void run(std::size_t piece = SIZE_MAX) {
        bool moved = true;
        while (moved) {
            moved = move(device, gateway, piece);
            moved = move(gateway, device, piece) || moved;
        }
    }
    bool move(Connection& from, Connection& to, std::size_t piece) {
        const Bytes output = from.poll_output(now);
        const std::vector<std::uint8_t> part(
            output.begin(), output.begin() + static_cast<std::ptrdiff_t>(std::min(output.size(), piece)));
        from.consumed(part.size());
        to.on_bytes(now, part);
        return !part.empty();
    }

    Instant now{0};
    proto::Enroll request{
        .name = "default/a", .hardware_id = kSome, .token_id = "t", .token = token, .csr = kSome, .board = "sim"};
    std::uint8_t token[32] = {};
    std::vector<std::uint8_t> receive = std::vector<std::uint8_t>(4096);
    std::vector<std::uint8_t> send = std::vector<std::uint8_t>(2048);
    HeapMemory memory;
    EnrollDevice device{now, request, receive, send, *this};
    EnrollGateway gateway{now, memory, *this};

    std::vector<proto::EnrollOutcome> outcomes;
    std::vector<std::size_t> chain_sizes;
    int enrolls = 0;
    std::string name;
};

TEST(Enroll, a_certificate_comes_back) {
    Exchange exchange;
    exchange.run(1);
    ASSERT_EQ(exchange.enrolls, 1);
    EXPECT_EQ(exchange.name, "default/a");
    const std::vector<std::uint8_t> leaf(1800);
    const Bytes chain[] = {leaf, leaf};
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::issued,
                             .chain = chain,
                             .namespace_name = "default",
                             .device_name = "a",
                             .uid = "u"});
    exchange.run(1);
    EXPECT_EQ(exchange.outcomes, std::vector{proto::EnrollOutcome::issued});
    EXPECT_EQ(exchange.chain_sizes, (std::vector<std::size_t>{1800, 1800}));
    EXPECT_EQ(exchange.device.closed(), CloseReason::done);
    EXPECT_EQ(exchange.gateway.closed(), CloseReason::done);
    EXPECT_EQ(exchange.memory.borrowed, 0);
}

TEST(Enroll, pending_is_followed_by_issued_on_the_same_connection) {
    Exchange exchange;
    exchange.run();
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::pending});
    exchange.run();
    EXPECT_EQ(exchange.device.closed(), CloseReason::none);
    const Bytes chain[] = {kSome};
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::issued, .chain = chain, .uid = "u"});
    exchange.run();
    EXPECT_EQ(exchange.outcomes, (std::vector{proto::EnrollOutcome::pending, proto::EnrollOutcome::issued}));
    EXPECT_EQ(exchange.device.closed(), CloseReason::done);
}

TEST(Enroll, pending_and_issued_may_leave_together) {
    Exchange exchange;
    exchange.run();
    const Bytes chain[] = {kSome};
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::pending});
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::issued, .chain = chain, .uid = "u"});
    exchange.run();
    EXPECT_EQ(exchange.outcomes.size(), 2U);
}

TEST(Enroll, pending_with_a_time_closes_so_that_the_device_comes_again) {
    Exchange exchange;
    exchange.run();
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::pending, .retry_seconds = 10});
    exchange.run();
    EXPECT_EQ(exchange.device.closed(), CloseReason::done);
    EXPECT_EQ(exchange.gateway.closed(), CloseReason::done);
}

TEST(Enroll, a_refusal_ends_both) {
    Exchange exchange;
    exchange.run();
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::refused, .reason = "token spent"});
    exchange.run();
    EXPECT_EQ(exchange.outcomes, std::vector{proto::EnrollOutcome::refused});
    EXPECT_EQ(exchange.device.closed(), CloseReason::refused);
}

TEST(Enroll, the_gateway_takes_one_enroll_and_nothing_else) {
    Exchange other;
    other.gateway.on_bytes(other.now, wire_bytes(TestDevice::hello(1024)));
    EXPECT_EQ(other.gateway.closed(), CloseReason::not_expected);
    Exchange twice;
    twice.run();
    twice.gateway.on_bytes(twice.now, wire_bytes(twice.request));
    EXPECT_EQ(twice.gateway.closed(), CloseReason::not_expected);
    EXPECT_EQ(twice.enrolls, 1);
    Exchange large;
    large.gateway.on_bytes(large.now, std::vector<std::uint8_t>{0, 0, 8, 1});
    EXPECT_EQ(large.gateway.closed(), CloseReason::frame_too_large);
}

TEST(Enroll, the_device_refuses_issued_without_a_certificate) {
    Exchange exchange;
    exchange.run();
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::issued});
    exchange.run();
    EXPECT_EQ(exchange.device.closed(), CloseReason::malformed);
    EXPECT_TRUE(exchange.outcomes.empty());
}

TEST(Enroll, an_answer_before_the_question_changes_nothing) {
    Exchange exchange;
    exchange.gateway.answer({.outcome = proto::EnrollOutcome::pending});
    EXPECT_TRUE(exchange.gateway.poll_output(exchange.now).empty());
}

TEST(Enroll, both_sides_end_when_the_other_is_silent) {
    Exchange exchange;
    exchange.gateway.on_time(exchange.gateway.next_deadline());
    EXPECT_EQ(exchange.gateway.closed(), CloseReason::no_hello);
    exchange.device.on_time(exchange.device.next_deadline());
    EXPECT_EQ(exchange.device.closed(), CloseReason::peer_silent);
}

TEST(Enroll, the_longest_request_fits_the_limit) {
    const std::string name(253, 'n');
    const std::string board(32, 'b');
    const std::string id(36, 'i');
    const std::vector<std::uint8_t> hardware(32);
    const std::vector<std::uint8_t> token(32);
    const std::vector<std::uint8_t> csr(1024);
    const auto frame = wire_bytes(proto::Enroll{
        .name = name, .hardware_id = hardware, .token_id = id, .token = token, .csr = csr, .board = board});
    EXPECT_LE(frame.size(), kEnrollFrameBytesMax);
}

}  // namespace
}  // namespace wasmbed::link
