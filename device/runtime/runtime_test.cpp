// The whole runtime on a board in memory against a real gateway session over real TLS. Time jumps to whatever the
// runtime waits for.
#include <gmock/gmock.h>

#include "core/wasm/test_binary_writer.hpp"
#include "core/wasm/test_room.hpp"
#include "device/runtime/testing/runtime_fixture.hpp"

namespace wasmbed {
namespace {

using proto::AppReason;
using proto::AppState;
using testing::AppSpec;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RuntimeTest;
using testing::spec;

TEST_F(RuntimeTest, enrolls_once_and_runs_an_app) {
    AppSpec hello = spec("hello");
    gateway_.want(hello);
    ASSERT_TRUE(until_state("uid-hello", AppState::completed)) << console_.text;
    EXPECT_EQ(gateway_.apps["uid-hello"].exit_code, 0);
    EXPECT_EQ(gateway_.enrollments, 1);
    EXPECT_THAT(gateway_.logs, Contains("uid-hello: hello from a Wasmbed app"));
    EXPECT_THAT(gateway_.logs, Contains("boot: wasmbed 1.2.3 on test-board"));
    for (const char* line :
         {"info boot: wasmbed 1.2.3 on test-board", "info boot: entropy ready", "info boot: key made",
          "info boot: enrolling with 10.0.2.2:8443", "info boot: enrolled as ns/board-1",
          "info boot: connected to 10.0.2.2:8443, TLSv1.3 TLS_AES_128_GCM_SHA256",
          "info apps: hello: manifest verified", "info apps: hello: running", "info hello: hello from a Wasmbed app",
          "info apps: hello: exited with 0"}) {
        EXPECT_TRUE(said(line)) << line << " is missing in\n" << console_.text;
    }
    EXPECT_TRUE(said("hello: module verified, " + std::to_string(hello.module.size()) + " bytes"));

    power_on();
    ASSERT_TRUE(until([&] { return gateway_.sessions == 2; }));
    EXPECT_EQ(gateway_.enrollments, 1);
    EXPECT_TRUE(said("info boot: identity loaded"));
}

TEST_F(RuntimeTest, starts_stored_apps_while_no_gateway_answers) {
    gateway_.want(spec("blink", {"led:0"}));
    ASSERT_TRUE(until([&] { return gateway_.led_events.size() >= 3; })) << console_.text;
    EXPECT_THAT(gateway_.led_events, Contains(1));
    gateway_.set_reachable(false);
    power_on();
    ASSERT_TRUE(until([&] { return said("info blink: blink 2"); })) << console_.text;
    gateway_.led_events.clear();
    gateway_.set_reachable(true);
    ASSERT_TRUE(until_state("uid-blink", AppState::running));
    ASSERT_TRUE(until([&] { return gateway_.led_events.size() >= 4; }));
    EXPECT_EQ(gateway_.led_events[0], 1);
    EXPECT_EQ(gateway_.led_events[1], 0);
}

TEST_F(RuntimeTest, an_endless_loop_starves_nobody) {
    gateway_.want(spec("spin"));
    gateway_.want(spec("blink", {"led:0"}));
    ASSERT_TRUE(until_state("uid-spin", AppState::running));
    ASSERT_TRUE(until([&] {
        clock_.advance_to(clock_.now_us() + 1000);  // a slice takes time
        return said("info blink: blink 3");
    })) << console_.text;
    EXPECT_EQ(gateway_.apps["uid-spin"].state, AppState::running);
}

TEST_F(RuntimeTest, calls_that_take_long_do_not_stretch_a_turn) {
    gateway_.want(spec("flash", {"led:0"}));
    ASSERT_TRUE(until_state("uid-flash", AppState::running));
    leds_.set_us = 500;
    std::uint64_t longest_us = 0;
    const auto turn_time = [&] {
        const std::uint64_t before = clock_.now_us();
        (void)runtime_->poll();
        longest_us = std::max(longest_us, clock_.now_us() - before);
        return longest_us > 0 && said("LED changes not told");
    };
    ASSERT_TRUE(until(turn_time)) << console_.text;
    EXPECT_LT(longest_us, 20'000u) << "a thousand calls would take half a second";
}

TEST_F(RuntimeTest, names_the_import_that_is_unknown) {
    gateway_.want(spec("unknown"));
    ASSERT_TRUE(until_state("uid-unknown", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-unknown"].reason, AppReason::unknown_import);
    EXPECT_THAT(gateway_.apps["uid-unknown"].detail, HasSubstr("wasmbed_device.fly"));
}

/// Exported as _start.
std::vector<std::uint8_t> module_of(wasm::test::OneFunction parts) {
    parts.name = "_start";
    return wasm::test::module_of(parts);
}

/// `spec` of a module that no compiler makes.
AppSpec spec_of(std::vector<std::uint8_t> module, std::vector<std::string_view> permissions = {}) {
    AppSpec app = spec("hello", std::move(permissions));
    app.module = std::move(module);
    return app;
}

TEST_F(RuntimeTest, names_the_rule_that_a_module_breaks_by_its_number_and_where) {
    gateway_.want(spec_of(module_of({.body = {0x6a}})));  // an i32.add, at byte 35, of nothing
    ASSERT_TRUE(until_state("uid-hello", AppState::refused)) << console_.text;
    const testing::AppReport refused = gateway_.apps["uid-hello"];
    EXPECT_EQ(refused.reason, AppReason::invalid_module);
    EXPECT_EQ(refused.rule, std::uint32_t(wasm::Rule::kTypeMismatch));
    EXPECT_EQ(refused.detail, " at offset 35");
    EXPECT_TRUE(said("error apps: hello: refused: rule 64 at offset 35")) << console_.text;

    AppSpec good = spec("hello");
    good.sequence = 2;
    gateway_.want(good);
    ASSERT_TRUE(until_state("uid-hello", AppState::completed)) << console_.text;
    for (const testing::AppReport& report : gateway_.history) {
        EXPECT_EQ(report.rule.has_value(), report.reason == AppReason::invalid_module);
    }
}

TEST_F(RuntimeTest, names_the_import_whose_type_is_another) {
    const std::vector<std::uint8_t> no_parameters = {0x60, 0, 0};
    gateway_.want(spec_of(module_of({.import = {{"wasmbed_device", "led_set", no_parameters}}}), {"led:0"}));
    ASSERT_TRUE(until_state("uid-hello", AppState::refused)) << console_.text;
    const testing::AppReport refused = gateway_.apps["uid-hello"];
    EXPECT_EQ(refused.reason, AppReason::unknown_import);
    EXPECT_EQ(refused.rule, std::uint32_t(wasm::Rule::kIncompatibleImport));
    EXPECT_EQ(refused.detail, ": wasmbed_device.led_set");
}

TEST_F(RuntimeTest, names_the_import_that_is_not_permitted) {
    gateway_.want(spec("blink"));
    ASSERT_TRUE(until_state("uid-blink", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-blink"].reason, AppReason::not_permitted);
    EXPECT_THAT(gateway_.apps["uid-blink"].detail, HasSubstr("wasmbed_device.led_set"));
}

TEST_F(RuntimeTest, refuses_a_led_other_than_the_permitted_one) {
    gateway_.want(spec("blink", {"led:1"}));
    ASSERT_TRUE(until_state("uid-blink", AppState::failed));
    EXPECT_EQ(gateway_.apps["uid-blink"].reason, AppReason::exit);
    EXPECT_EQ(gateway_.apps["uid-blink"].exit_code, 1);
    EXPECT_FALSE(leds_.on[0]);
}

TEST_F(RuntimeTest, gives_sensors_pins_and_buses_to_whom_they_are_permitted) {
    gateway_.want(spec("parts", {"sensor:temp*", "gpio:1:out", "gpio:0:in", "gpio:7:in", "i2c:0:0x48", "i2c:0:0x49",
                                 "i2c:1:*", "spi:0:0", "spi:1:*"}));
    ASSERT_TRUE(until([&] { return said("parts: all parts as expected") || said("parts: exited"); })) << console_.text;
    EXPECT_TRUE(said("all parts as expected")) << console_.text;
}

TEST_F(RuntimeTest, names_the_permission_that_an_import_of_a_sensor_needs) {
    gateway_.want(spec("parts", {"gpio:1:out", "i2c:0:*", "spi:0:*"}));
    ASSERT_TRUE(until_state("uid-parts", AppState::refused));
    EXPECT_THAT(gateway_.apps["uid-parts"].detail, HasSubstr("wasmbed_sensors.read needs permission sensor:..."));
}

TEST_F(RuntimeTest, reports_where_a_trap_happened) {
    gateway_.want(spec("trap"));
    ASSERT_TRUE(until_state("uid-trap", AppState::failed));
    const testing::AppReport& report = gateway_.apps["uid-trap"];
    EXPECT_EQ(report.reason, AppReason::trap);
    // `outside`, called by `middle`, `main`, `_start`: three numbers behind the function's own.
    EXPECT_THAT(report.detail,
                ::testing::ContainsRegex("^out of bounds memory access in function [0-9]+ at byte [0-9]+, "
                                         "called by [0-9]+, [0-9]+, [0-9]+$"));
    EXPECT_TRUE(report.trap_function);
}

TEST_F(RuntimeTest, restarts_with_growing_pauses_up_to_the_limit) {
    AppSpec app = spec("trap");
    app.restart = {proto::RestartPolicy::on_failure, 3, 100};
    gateway_.want(app);
    ASSERT_TRUE(until([&] { return gateway_.apps["uid-trap"].reason == AppReason::restart_limit; })) << console_.text;
    EXPECT_EQ(gateway_.apps["uid-trap"].state, AppState::failed);
    EXPECT_EQ(gateway_.apps["uid-trap"].restarts, 3u);
}

TEST_F(RuntimeTest, keeps_an_apps_own_data_over_a_power_cut_and_removes_it_with_the_app) {
    AppSpec tally = spec("tally", {"storage:starts"});
    gateway_.want(tally);
    ASSERT_TRUE(until_state("uid-tally", AppState::failed));
    EXPECT_EQ(gateway_.apps["uid-tally"].exit_code, 1);
    power_on();
    ASSERT_TRUE(until([&] { return said("info tally: start 2"); })) << console_.text;

    ASSERT_TRUE(until([&] { return gateway_.sessions == 2; }));
    gateway_.want_nothing();
    ASSERT_TRUE(until([&] { return said("tally: removed"); })) << console_.text;
    tally.sequence = 1;
    gateway_.want(tally);
    ASSERT_TRUE(until([&] { return said("info tally: start 1"); })) << console_.text;
}

TEST_F(RuntimeTest, an_app_has_a_limited_number_of_keys) {
    gateway_.want(spec("hoard", {"storage:*"}));
    ASSERT_TRUE(until_state("uid-hoard", AppState::failed)) << console_.text;
    EXPECT_EQ(gateway_.apps["uid-hoard"].exit_code, std::int64_t{apps::AppStore::kDataKeysMax});
}

TEST_F(RuntimeTest, runs_a_program_built_against_wasi_libc) {
    AppSpec app = spec("wasi");
    app.args = {"first"};
    const proto::EnvEntry color{"COLOR", "green"};
    app.env = {color};
    gateway_.want(app);
    ASSERT_TRUE(until_state("uid-wasi", AppState::failed)) << console_.text << gateway_.apps["uid-wasi"].detail;
    EXPECT_EQ(gateway_.apps["uid-wasi"].exit_code, 7);
    for (const char* line :
         {"info wasi: args 2 wasi first", "info wasi: color green", "info wasi: slept 1", "warn wasi: done"}) {
        EXPECT_TRUE(said(line)) << line << " is missing in\n" << console_.text;
    }
}

TEST_F(RuntimeTest, an_app_that_needs_more_than_its_fuel_per_second_is_told_of_and_runs_on) {
    AppSpec spin = spec("spin");
    spin.limits.fuel_per_second = 1000;
    AppSpec frugal = spec("blink", {"led:0"});
    frugal.limits.fuel_per_second = 1000;
    gateway_.want(frugal);
    gateway_.want(spin);
    ASSERT_TRUE(until_state("uid-spin", AppState::running)) << console_.text;
    EXPECT_EQ(gateway_.apps["uid-spin"].reason, AppReason::none);
    const std::uint64_t started = clock_.now_ms();
    ASSERT_TRUE(until([&] { return gateway_.apps["uid-spin"].reason == AppReason::fuel_limit; })) << console_.text;
    EXPECT_GE(clock_.now_ms() - started, 9'000U);
    EXPECT_EQ(gateway_.apps["uid-spin"].state, AppState::running);
    EXPECT_EQ(gateway_.apps["uid-spin"].detail, "held back by fuelPerSecond for 10 s");
    EXPECT_EQ(gateway_.apps["uid-blink"].state, AppState::running);
    EXPECT_EQ(gateway_.apps["uid-blink"].reason, AppReason::none);
}

TEST_F(RuntimeTest, refuses_a_manifest_by_an_unknown_key) {
    gateway_.use_wrong_key();
    gateway_.want(spec("hello"));
    ASSERT_TRUE(until_state("uid-hello", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::bad_signature);
    EXPECT_FALSE(said("hello from"));
}

TEST_F(RuntimeTest, refuses_a_module_that_is_not_what_the_manifest_says) {
    const AppSpec hello = spec("hello");
    gateway_.want(hello);
    gateway_.forge_module(hello.module);
    ASSERT_TRUE(until_state("uid-hello", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::bad_digest);
    EXPECT_FALSE(said("hello from"));
}

TEST_F(RuntimeTest, asks_again_for_a_module_that_the_gateway_did_not_have_yet) {
    const AppSpec hello = spec("hello");
    gateway_.want(hello);
    gateway_.hide_module(hello.module, true);
    ASSERT_TRUE(until_state("uid-hello", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::fetch_failed);
    gateway_.hide_module(hello.module, false);
    ASSERT_TRUE(until_state("uid-hello", AppState::completed)) << console_.text;
}

TEST_F(RuntimeTest, a_revision_that_cannot_be_fetched_leaves_the_one_before_it_running) {
    const AppSpec blink = spec("blink", {"led:0"});
    gateway_.want(blink);
    ASSERT_TRUE(until_state("uid-blink", AppState::running));
    AppSpec next = spec("hello");
    next.uid = blink.uid;
    next.sequence = 2;
    gateway_.want(next);
    gateway_.hide_module(next.module, true);
    ASSERT_TRUE(until_state("uid-blink", AppState::refused)) << console_.text;
    EXPECT_EQ(gateway_.apps["uid-blink"].reason, AppReason::fetch_failed);
    EXPECT_EQ(gateway_.apps["uid-blink"].detail, "module could not be fetched; the revision before it goes on");
    gateway_.led_events.clear();
    ASSERT_TRUE(until([&] { return gateway_.led_events.size() >= 10; })) << console_.text;

    // It is what is stored, so it is what starts after a power cut.
    gateway_.set_reachable(false);
    power_on();
    ASSERT_TRUE(until([&] { return said("info blink: blink 2"); })) << console_.text;
    gateway_.set_reachable(true);
    gateway_.hide_module(next.module, false);
    ASSERT_TRUE(until_state("uid-blink", AppState::completed)) << console_.text;
    EXPECT_TRUE(said("hello from"));
}

TEST_F(RuntimeTest, an_app_that_floods_with_led_changes_is_cut_short_and_told_of) {
    gateway_.want(spec("flash", {"led:0"}));
    ASSERT_TRUE(until([&] { return said("LED changes not told: too many at once)"); })) << console_.text;
    ASSERT_TRUE(until([&] { return !gateway_.led_events.empty() && gateway_.led_events.back() == 1 && leds_.on[0]; }));
    EXPECT_LT(gateway_.led_events.size(), 100U);
    // Others are heard as ever.
    gateway_.want(spec("hello"));
    ASSERT_TRUE(until_state("uid-hello", AppState::completed)) << console_.text;
    ASSERT_TRUE(until([&] {
        return std::ranges::any_of(gateway_.logs,
                                   [](const std::string& line) { return line.starts_with("uid-hello: "); });
    }));
    turns(2000);
    EXPECT_EQ(gateway_.led_events.back(), 1) << "the last state is the one that was told";
}

TEST_F(RuntimeTest, apps_keep_their_data_when_the_record_of_their_manifest_is_damaged) {
    const AppSpec tally = spec("tally", {"storage:starts"});
    gateway_.want(tally);
    ASSERT_TRUE(until_state("uid-tally", AppState::failed)) << console_.text;
    const std::string key = "a/uid-tally";
    const Bytes image = store_.mapped(0, kStoreBytes);
    for (auto at = image.begin();; ++at) {
        at = std::search(at, image.end(), key.begin(), key.end());
        if (at == image.end()) break;
        store_.corrupt(static_cast<std::uint32_t>(at - image.begin()), 0x01);
    }
    gateway_.set_reachable(false);
    power_on();
    turns(500);
    EXPECT_FALSE(said("tally")) << "its record cannot be found any more";
    gateway_.set_reachable(true);
    gateway_.want(tally);
    ASSERT_TRUE(until([&] { return said("info tally: start 2"); })) << console_.text;
}

TEST_F(RuntimeTest, wall_time_follows_the_gateways_clock_forth_and_back) {
    gateway_.want(spec("clock"));
    ASSERT_TRUE(until([&] { return said("info clock: wall 1700000000"); })) << console_.text;
    for (const char* wall : {"1800000000", "1600000000"}) {
        gateway_.wall_ms = std::strtoull(wall, nullptr, 10) * 1000;
        ASSERT_TRUE(until([&] { return said(std::string{"info clock: wall "} + wall); })) << console_.text;
    }
}

TEST_F(RuntimeTest, takes_no_certificate_of_another_device) {
    gateway_.name_device("99999999-2222-3333-4444-555555555555");
    power_on();
    ASSERT_TRUE(until([&] { return said("certificate of another key or device"); })) << console_.text;
    EXPECT_EQ(gateway_.sessions, 0);
}

TEST_F(RuntimeTest, refuses_a_lower_sequence) {
    AppSpec hello = spec("hello");
    hello.sequence = 5;
    gateway_.want(hello);
    ASSERT_TRUE(until_state("uid-hello", AppState::completed));
    hello.sequence = 4;
    gateway_.want(hello);
    ASSERT_TRUE(until_state("uid-hello", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::stale_sequence);
}

TEST_F(RuntimeTest, refuses_a_manifest_of_another_namespace) {
    AppSpec hello = spec("hello");
    hello.namespace_name = "elsewhere";
    gateway_.want(hello);
    ASSERT_TRUE(until_state("uid-hello", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::not_permitted);
}

TEST_F(RuntimeTest, refuses_what_is_not_webassembly) {
    AppSpec app = spec("hello");
    app.module.assign(100, 0x55);
    gateway_.want(app);
    ASSERT_TRUE(until_state("uid-hello", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::malformed_module);
}

TEST_F(RuntimeTest, refuses_an_app_that_wants_more_memory_than_its_limit) {
    AppSpec app = spec("hello");
    app.limits.memory_bytes = 1000;
    gateway_.want(app);
    ASSERT_TRUE(until_state("uid-hello", AppState::refused));
    EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::out_of_memory);
}

void repeat(std::vector<std::uint8_t>& code, std::initializer_list<std::uint8_t> what, int times) {
    while (times-- > 0) code.insert(code.end(), what);
}

TEST_F(RuntimeTest, a_module_whose_translation_needs_much_work_space_gets_it) {
    arena_bytes_ = 64 * 1024;
    power_on();
    // 1,200 operands at once, of 8 bytes each: more than `measure` counts on.
    std::vector<std::uint8_t> code;
    repeat(code, {0x41, 1}, 1200);
    repeat(code, {0x1a}, 1200);
    AppSpec app = spec_of(module_of({.body = code}));
    // What `measure` says, which the device tries first, is too little however large the image may be.
    wasm::test::Room image(arena_bytes_), scratch(wasm::measure(app.module)->scratch_bytes);
    const auto first_try = wasm::translate(app.module, image.span(), scratch.span());
    ASSERT_FALSE(first_try);
    ASSERT_EQ(first_try.error().rule, wasm::Rule::kScratchArea);
    app.limits.stack_bytes = 8192;
    gateway_.want(app);
    EXPECT_TRUE(until_state("uid-hello", AppState::completed)) << console_.text;
}

TEST_F(RuntimeTest, a_module_whose_image_leaves_little_work_space_is_translated) {
    // (if (local.get 0) (then (call 0) (call 0) ...)): the image of a call is larger than its code.
    std::vector<std::uint8_t> code = {0x20, 0, 0x04, 0x40};
    repeat(code, {0x10, 0}, 10'000);
    code.push_back(0x0b);
    const std::vector<std::uint8_t> module = module_of({.locals = {1, 1, 0x7f}, .body = code});
    wasm::test::Room image(256 * 1024), scratch(64 * 1024);
    const auto translated = wasm::translate(module, image.span(), scratch.span());
    ASSERT_TRUE(translated);
    // Image and work space are to be all that the module, its signature and the app's own data leave.
    const std::size_t wanted = sizeof(apps::LoadedApp) + 400 + module.size() + translated->image().size() +
                               wasm::measure(module)->scratch_bytes;
    ASSERT_TRUE(until([&] { return gateway_.sessions == 1; }));
    arena_bytes_ = (arena_bytes_ - static_cast<std::size_t>(gateway_.app_ram_bytes) + wanted) & ~std::size_t{15};
    power_on();
    AppSpec app = spec_of(module);
    app.limits.stack_bytes = 64;
    gateway_.want(app);
    EXPECT_TRUE(until_state("uid-hello", AppState::completed)) << console_.text;
}

TEST_F(RuntimeTest, runs_four_apps_at_once_and_replaces_one) {
    for (int i = 0; i < 4; ++i) {
        AppSpec app = spec("blink", {"led:*"});
        app.uid = "uid-" + std::to_string(i);
        app.name = "blink" + std::to_string(i);
        gateway_.want(app);
    }
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(until_state("uid-" + std::to_string(i), AppState::running)) << console_.text;
    AppSpec app = spec("hello");
    app.uid = "uid-2";
    app.name = "blink2";
    app.sequence = 2;
    gateway_.want(app);
    ASSERT_TRUE(until_state("uid-2", AppState::completed)) << console_.text;
    EXPECT_EQ(gateway_.apps["uid-3"].state, AppState::running);
}

/// The next revision of an app: hello, under a manifest of its own.
AppSpec next_revision(const AppSpec& app) {
    AppSpec next = spec("hello");
    next.uid = app.uid;
    next.sequence = app.sequence + 1;
    return next;
}

/// Nothing of how the former revision went on may be in the reports about this one, which is hello.
void expect_clean_history(const std::vector<testing::AppReport>& history, const Digest& manifest) {
    for (const testing::AppReport& report : history) {
        if (report.manifest != manifest) continue;
        EXPECT_NE(report.state, AppState::backoff);
        EXPECT_NE(report.state, AppState::failed);
        EXPECT_EQ(report.restarts, 0u);
        EXPECT_EQ(report.reason, AppReason::none);
        EXPECT_FALSE(report.trap_function);
        EXPECT_EQ(report.exit_code.value_or(0), 0);
    }
}

TEST_F(RuntimeTest, an_app_waiting_for_its_restart_does_not_start_again_when_it_is_replaced) {
    AppSpec old = spec("trap");
    old.restart = {proto::RestartPolicy::always, 0, 100};
    gateway_.want(old);
    ASSERT_TRUE(until([&] { return gateway_.apps["uid-trap"].restarts > 0; })) << console_.text;
    ASSERT_TRUE(until_state("uid-trap", AppState::backoff)) << console_.text;
    const Digest manifest = gateway_.want(next_revision(old));
    ASSERT_TRUE(until_state("uid-trap", AppState::fetching)) << console_.text;
    clock_.advance_to(clock_.now_us() + 2'000'000);  // its restart is due, the fetch not done
    ASSERT_TRUE(until_state("uid-trap", AppState::completed)) << console_.text;
    expect_clean_history(gateway_.history, manifest);
}

TEST_F(RuntimeTest, the_end_of_a_replaced_app_is_not_reported_as_that_of_the_next) {
    AppSpec old = spec("wasi");  // sleeps 1.5 s, then exits with 7
    gateway_.want(old);
    ASSERT_TRUE(until_state("uid-wasi", AppState::running)) << console_.text;
    const Digest manifest = gateway_.want(next_revision(old));
    ASSERT_TRUE(until_state("uid-wasi", AppState::fetching)) << console_.text;
    clock_.advance_to(clock_.now_us() + 2'000'000);  // its sleep is over, the fetch not done
    ASSERT_TRUE(until_state("uid-wasi", AppState::completed)) << console_.text;
    EXPECT_TRUE(said("exited with 7")) << console_.text;
    expect_clean_history(gateway_.history, manifest);
}

TEST_F(RuntimeTest, stops_and_starts_an_app_by_the_run_flag) {
    const AppSpec blink = spec("blink", {"led:0"});
    gateway_.want(blink);
    ASSERT_TRUE(until_state("uid-blink", AppState::running));
    gateway_.want(blink, false);
    ASSERT_TRUE(until_state("uid-blink", AppState::stopped));
    gateway_.set_reachable(false);
    power_on();
    turns(500);
    EXPECT_FALSE(said("blink: running"));
    gateway_.set_reachable(true);
    ASSERT_TRUE(until([&] { return gateway_.sessions == 2; }));
    gateway_.want(blink, true);
    ASSERT_TRUE(until_state("uid-blink", AppState::running));
}

TEST_F(RuntimeTest, a_damaged_module_is_not_run_but_reported_and_fetched_anew) {
    const AppSpec blink = spec("blink", {"led:0"});
    gateway_.want(blink);
    ASSERT_TRUE(until_state("uid-blink", AppState::running));
    gateway_.set_reachable(false);

    // One byte of the module, wherever it lies in the store.
    const Bytes image = store_.mapped(0, kStoreBytes);
    const auto found = std::search(image.begin(), image.end(), blink.module.begin(), blink.module.end());
    ASSERT_NE(found, image.end());
    store_.corrupt(static_cast<std::uint32_t>(found - image.begin()) + 100, 0x01);

    power_on();
    turns(1000);
    EXPECT_FALSE(said("blink: running"));
    EXPECT_TRUE(said("blink: refused: stored module")) << console_.text;
    gateway_.history.clear();
    gateway_.set_reachable(true);
    ASSERT_TRUE(until_state("uid-blink", AppState::running)) << console_.text;
    ASSERT_FALSE(gateway_.history.empty());
    EXPECT_EQ(gateway_.history.front().state, AppState::refused);
    EXPECT_EQ(gateway_.history.front().reason, AppReason::corrupt_store);
    EXPECT_THAT(gateway_.security_events, Contains(HasSubstr("stored module")));
}

TEST_F(RuntimeTest, keeps_its_key_when_the_power_fails_before_the_certificate_is_stored) {
    // The key is the first thing that is stored; the certificate comes with the first answer of the gateway.
    ASSERT_TRUE(until([&] { return said("key made"); }));
    std::vector<std::uint8_t> key;
    for (int attempt = 0; attempt < 3; ++attempt) {
        store_.cut_power_after(attempt);  // tears the writing of the certificate
        const int before = gateway_.enrollments;
        ASSERT_TRUE(until([&] { return gateway_.enrollments > before; })) << console_.text;
        turns(200);
        const Bytes now = gateway_.enrolled_key();
        if (key.empty()) key.assign(now.begin(), now.end());
        EXPECT_TRUE(std::equal(now.begin(), now.end(), key.begin(), key.end()));
        store_.restore_power();
        gateway_.forget_device();
        power_on();
    }
    ASSERT_TRUE(until([&] { return gateway_.sessions > 0; })) << console_.text;
    const Bytes last = gateway_.enrolled_key();
    EXPECT_TRUE(std::equal(last.begin(), last.end(), key.begin(), key.end()));
}

TEST_F(RuntimeTest, waits_for_its_key_when_the_store_cannot_be_read_and_makes_no_other) {
    ASSERT_TRUE(until([&] { return gateway_.sessions == 1; }));
    power_on();
    ASSERT_TRUE(until([&] { return said("entropy ready"); })) << console_.text;
    store_.cut_power_after(0);
    EXPECT_FALSE(store_.erase(kStoreBytes - 4096, 4096));  // of a segment that is free
    turns(500);
    EXPECT_TRUE(said("error boot: no identity: identity could not be read or stored, storage device failed"));
    store_.restore_power();
    ASSERT_TRUE(until([&] { return gateway_.sessions == 2; })) << console_.text;
    EXPECT_TRUE(said("identity loaded"));
    EXPECT_FALSE(said("key made"));
    EXPECT_EQ(gateway_.enrollments, 1);
}

TEST_F(RuntimeTest, waits_for_entropy_and_makes_no_key_without_it) {
    entropy_.works = false;
    power_on();
    turns(1000);
    EXPECT_TRUE(said("error boot: no entropy")) << console_.text;
    EXPECT_FALSE(said("key made"));
    EXPECT_EQ(gateway_.enrollments, 0);
    entropy_.works = true;
    ASSERT_TRUE(until([&] { return gateway_.sessions > 0; })) << console_.text;
}

TEST_F(RuntimeTest, says_that_it_is_not_provisioned) {
    factory_.content.assign(4096, 0xFF);
    power_on();
    turns(100);
    EXPECT_TRUE(said("error boot: factory partition is blank: provision the device")) << console_.text;
}

TEST_F(RuntimeTest, comes_back_when_the_session_breaks) {
    ASSERT_TRUE(until([&] { return gateway_.sessions == 1; }));
    turns(50);
    gateway_.drop_connection();
    ASSERT_TRUE(until([&] { return gateway_.sessions == 2; })) << console_.text;
    EXPECT_EQ(gateway_.enrollments, 1);
}

}  // namespace
}  // namespace wasmbed
