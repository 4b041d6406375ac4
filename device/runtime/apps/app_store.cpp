#include "device/runtime/apps/app_store.hpp"

#include "core/base/text_writer.hpp"

namespace wasmbed::apps {
namespace {

using KeyBuffer = std::array<char, store::KvStore::kKeyBytesMax>;

}  // namespace

AppStore::Key AppStore::app_key(std::string_view uid) {
    KeyBuffer buffer;
    return Key{TextWriter{buffer}.text("a/").text(uid).view()};
}

AppStore::Key AppStore::module_key(const Digest& module) {
    KeyBuffer buffer;
    return Key{TextWriter{buffer}.text("m/").hex_bytes(module).view()};
}

AppStore::Key AppStore::data_key(std::string_view uid, std::string_view key) {
    KeyBuffer buffer;
    return Key{TextWriter{buffer}.text("d/").text(uid).text("/").text(key).view()};
}

bool AppStore::next_app(std::size_t& cursor, FixedString<36>& uid) const {
    KeyBuffer key;
    std::size_t size = 0;
    if (!kv_.next(cursor, "a/", key, size)) return false;
    uid.assign({key.data() + 2, size - 2});
    return true;
}

bool AppStore::next_data_owner(std::size_t& cursor, FixedString<36>& uid) const {
    KeyBuffer key;
    std::size_t size = 0;
    if (!kv_.next(cursor, "d/", key, size)) return false;
    const std::string_view rest{key.data() + 2, size - 2};
    uid.assign(rest.substr(0, rest.find('/')));
    return true;
}

Result<std::uint32_t, store::KvError> AppStore::load(std::string_view uid, MutableBytes out) const {
    return kv_.get(app_key(uid), out);
}

Result<void, store::KvError> AppStore::save(std::string_view uid, Bytes record) {
    return kv_.set(app_key(uid), record);
}

void AppStore::remove_data(std::string_view uid) {
    const Key prefix = data_key(uid, {});
    KeyBuffer key;
    std::size_t cursor = 0, size = 0;
    while (kv_.next(cursor, prefix, key, size)) {
        if (!kv_.remove({key.data(), size})) return;
        cursor = 0;
    }
}

Result<void, store::KvError> AppStore::remove(std::string_view uid) {
    // The record first: without it nothing starts the app again, and data without an app is removed at boot.
    const Result<void, store::KvError> removed = kv_.remove(app_key(uid));
    remove_data(uid);
    return removed;
}

void AppStore::sweep_modules(bool (*keep)(const void* context, std::string_view key), const void* context) {
    KeyBuffer key;
    std::size_t cursor = 0, size = 0;
    while (kv_.next(cursor, "m/", key, size)) {
        if (keep(context, {key.data(), size})) continue;
        if (!kv_.remove({key.data(), size})) return;
        cursor = 0;
    }
}

AppStore::DataUse AppStore::data_use(std::string_view uid, std::string_view except) const {
    const Key prefix = data_key(uid, {});
    KeyBuffer key;
    std::size_t cursor = 0, size = 0;
    DataUse use{};
    while (kv_.next(cursor, prefix, key, size)) {
        const std::string_view own = std::string_view{key.data(), size}.substr(prefix.size());
        if (own == except) continue;
        const Result<std::uint32_t, store::KvError> value = kv_.size_of({key.data(), size});
        ++use.keys;
        use.bytes += static_cast<std::uint32_t>(own.size()) + value.value_or(0);
    }
    return use;
}

}  // namespace wasmbed::apps
