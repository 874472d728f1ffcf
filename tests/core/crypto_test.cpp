// Hashes and MACs against the vectors of their standards, and the hash that the data format rests on.
#include <tollgate/core/crypto.hpp>

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace tollgate::core {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
    return to_hex(bytes);
}

TEST(Sha256, MatchesFips180) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, TakesPartsAsOneText) {
    EXPECT_EQ(sha256({"ab", "", "c"}), sha256("abc"));
    EXPECT_EQ(sha256({}), sha256(""));
    EXPECT_NE(sha256({"a", "b"}), sha256({"b", "a"}));
}

TEST(Sha256, FirstEightBytesAreBigEndian) {
    EXPECT_EQ(first_u64(sha256("abc")), 0xba7816bf8f01cfeaU);
}

struct Vector {
    std::string key, message, sha256, sha512;
};

// RFC 4231, section 4; case 5 there shows truncated MACs, here the whole ones.
std::vector<Vector> rfc4231() {
    std::string counting;
    for (char c = 1; c <= 25; ++c) counting += c;
    return {
        {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
         "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
        {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
         "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
         "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
         "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
        {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
         "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
         "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
        {std::string(20, '\x0c'), "Test With Truncation",
         "a3b6167473100ee06e0c796c2955552bfa6f7c0a6a8aef8b93f860aab0cd20c5",
         "415fad6271580a531d4179bc891d87a650188707922a4fbb36663a1eb16da008"
         "711c5b50ddd0fc235084eb9d3364a1454fb2ef67cd1d29fe6773068ea266e96b"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
         "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
        {std::string(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
         "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
         "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"},
    };
}

TEST(Hmac, MatchesRfc4231) {
    for (const auto& vector : rfc4231()) {
        Hmac sha256_mac(HashAlgorithm::sha256, vector.key);
        Hmac sha512_mac(HashAlgorithm::sha512, vector.key);
        EXPECT_EQ(hex(sha256_mac.sign(vector.message)), vector.sha256);
        EXPECT_EQ(hex(sha512_mac.sign(vector.message)), vector.sha512);
    }
}

TEST(Hmac, KeepsItsKeyFromMessageToMessage) {
    const auto vectors = rfc4231();
    Hmac mac(HashAlgorithm::sha512, vectors[0].key);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(hex(mac.sign(vectors[0].message)), vectors[0].sha512);
        EXPECT_NE(hex(mac.sign("another message")), vectors[0].sha512);
    }
}

TEST(Hmac, TakesPartsAsOneMessage) {
    const auto vectors = rfc4231();
    Hmac mac(HashAlgorithm::sha256, vectors[1].key);
    EXPECT_EQ(hex(mac.sign({"what do ya ", "", "want for nothing?"})), vectors[1].sha256);
}

TEST(Hmac, MovesWithItsKey) {
    const auto vectors = rfc4231();
    Hmac first(HashAlgorithm::sha256, vectors[0].key);
    Hmac second(std::move(first));
    EXPECT_EQ(hex(second.sign(vectors[0].message)), vectors[0].sha256);
    Hmac third(HashAlgorithm::sha512, "other");
    third = std::move(second);
    EXPECT_EQ(hex(third.sign(vectors[0].message)), vectors[0].sha256);
}

TEST(Hmac, RefusesAnEmptyKey) {
    EXPECT_THROW(Hmac(HashAlgorithm::sha256, ""), std::invalid_argument);
    EXPECT_THROW(Hmac(HashAlgorithm::sha512, std::string_view{}), std::invalid_argument);
}

TEST(Hmac, WorksOnManyThreadsWithAContextEach) {
    const auto vectors = rfc4231();
    std::array<bool, 4> right{};
    std::vector<std::thread> threads;
    for (auto& all_right : right) {
        threads.emplace_back([&all_right, &vectors] {
            Hmac mac(HashAlgorithm::sha512, vectors[2].key);
            bool every = true;
            for (int i = 0; i < 500; ++i) {
                every = every && to_hex(mac.sign(vectors[2].message)) == vectors[2].sha512 &&
                        to_hex(sha256("abc")).starts_with("ba7816bf");
            }
            all_right = every;
        });
    }
    for (auto& thread : threads) thread.join();
    for (const bool all_right : right) EXPECT_TRUE(all_right);
}

TEST(ConstantTime, EqualOnlyWhenEveryByteIs) {
    EXPECT_TRUE(equal_constant_time(as_bytes("signature"), as_bytes("signature")));
    EXPECT_TRUE(equal_constant_time({}, {}));
    EXPECT_FALSE(equal_constant_time(as_bytes("signature"), as_bytes("signaturE")));
    EXPECT_FALSE(equal_constant_time(as_bytes("signature"), as_bytes("Signature")));
    EXPECT_FALSE(equal_constant_time(as_bytes("signature"), as_bytes("signatur")));
    EXPECT_FALSE(equal_constant_time(as_bytes("signature"), {}));
}

TEST(EqualSecrets, ComparesSecretsOfAnyLength) {
    EXPECT_TRUE(equal_secrets("", ""));
    EXPECT_TRUE(equal_secrets(std::string(5000, 'k'), std::string(5000, 'k')));
    EXPECT_FALSE(equal_secrets("secret", "secret "));
    EXPECT_FALSE(equal_secrets("secret", ""));
    EXPECT_FALSE(equal_secrets(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Random, NeverRepeats) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random_u64());
    EXPECT_EQ(seen.size(), 1000U);
}

TEST(Random, FillsEveryByte) {
    std::vector<std::uint8_t> bytes((1 << 20) + 3);
    fill_random(bytes);
    // The chance that the last 3 bytes, beyond the first call's share, are all zero in 8 rounds is 2^-192.
    bool filled = false;
    for (int i = 0; i < 8 && !filled; ++i) {
        filled = bytes[1 << 20] != 0 || bytes[(1 << 20) + 1] != 0 || bytes[(1 << 20) + 2] != 0;
        if (!filled) fill_random(bytes);
    }
    EXPECT_TRUE(filled);
    fill_random({});
}

// Computed apart from this code: FNV-1a ("a" alone gives af63dc4c8601ec8c), 0xff between parts, MurmurHash3's
// finaliser.
TEST(StableHash, IsPartOfTheDataFormatAndNeverChanges) {
    EXPECT_EQ(stable_hash({}), 0xefd01f60ba992926U);
    EXPECT_EQ(stable_hash({""}), 0xefd01f60ba992926U);
    EXPECT_EQ(stable_hash({"a"}), 0x82a2a958a9bece5bU);
    EXPECT_EQ(stable_hash({"foobar"}), 0x2c22194922d1672bU);
    EXPECT_EQ(stable_hash({"kenya", "610ae86889ee"}), 0xb006c5d074a7dc4eU);
    EXPECT_EQ(stable_hash({"ab", "c"}), 0x7b4209eccab7f7c3U);
    EXPECT_EQ(stable_hash({"a", "bc"}), 0x300bffd2a90ecf20U);
    EXPECT_EQ(stable_hash({"", ""}), 0x1bbd5c813c69a8d7U);
}

TEST(StableHash, SpreadsOverShards) {
    std::array<int, 16> shards{};
    for (int i = 0; i < 16000; ++i) ++shards[stable_hash({"kenya", std::to_string(i)}) % shards.size()];
    for (const int payments : shards) {
        EXPECT_GT(payments, 850);
        EXPECT_LT(payments, 1150);
    }
}

}  // namespace
}  // namespace tollgate::core
