// TicketKeys: what session tickets are sealed with, so that any loop can resume what any other began; renewed by age.
#pragma once

#include <tollgate/core/clock.hpp>

#include <openssl/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

namespace tollgate::net {

/// RFC 5077 section 4's recommended construction: AES-256-CBC and HMAC-SHA256. Shared by the contexts of one
/// ServerTls; every call on any thread. Never leaves the process: a restart ends all sessions.
class TicketKeys {
  public:
    static constexpr std::size_t name_size = 16;
    /// A key seals for so long, and opens for twice as long: whoever gets hold of the process's memory can read the
    /// TLS 1.2 sessions of that time only.
    static constexpr std::chrono::hours lifetime{8};

    struct Key {
        std::array<unsigned char, name_size> name;
        std::array<unsigned char, 32> cipher;
        std::array<unsigned char, 32> mac;
    };

    /// The key to seal a new ticket with.
    Key current(core::SteadyTime now);
    /// The key of that name, if it still opens tickets.
    std::optional<Key> find(std::span<const unsigned char, name_size> name, core::SteadyTime now);

    /// Makes `context` use these keys, and keep them alive.
    static void use(SSL_CTX* context, std::shared_ptr<TicketKeys> keys);

  private:
    void renew(core::SteadyTime now);

    std::mutex mutex_;
    std::optional<Key> current_;
    std::optional<Key> previous_;
    core::SteadyTime made_;  ///< current_
};

}  // namespace tollgate::net
