#include "libs/security/security.h"

#include <catch2/catch.hpp>
#include <set>

#include "libs/base/encoding.h"
#include "libs/base/error.h"

using namespace centralita;
using namespace centralita::security;

namespace {

std::string key_of(char c) { return std::string(32, c); }

}  // namespace

TEST_CASE("SHA-256 gives what FIPS 180-4 gives") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC gives what RFC 2202 and RFC 4231 give") {
  CHECK(to_hex(hmac_sha1(std::string(20, '\x0b'), "Hi There")) == "b617318655057264e28bc0b6fb378c8ef146be00");
  CHECK(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(to_hex(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("secrets are compared whole") {
  CHECK(equal("", ""));
  CHECK(equal("abc", "abc"));
  CHECK_FALSE(equal("abc", "abd"));
  CHECK_FALSE(equal("abc", "ab"));
  CHECK_FALSE(equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST_CASE("tokens have 256 bits, never repeat, and are kept as their hash") {
  std::set<std::string> tokens;
  for (int i = 0; i < 1'000; ++i) tokens.insert(new_token("ck_"));
  CHECK(tokens.size() == 1'000);
  CHECK(tokens.begin()->starts_with("ck_"));
  CHECK(from_base64url(tokens.begin()->substr(3))->size() == 32);
  CHECK(token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(random_bytes(0).empty());
}

TEST_CASE("a password opens with itself only") {
  const auto encoded = hash_password("contraseña larga");
  CHECK(encoded.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
  CHECK(check_password(encoded, "contraseña larga"));
  CHECK_FALSE(check_password(encoded, "contraseña larg"));
  CHECK_FALSE(check_password(encoded, ""));
  CHECK(hash_password("contraseña larga") != encoded);
}

TEST_CASE("a password hash of the reference implementation opens, a malformed one never does") {
  // test.c of github.com/P-H-C/phc-winner-argon2: version 0x13, t=2, m=2^8, p=1.
  const std::string reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  CHECK(check_password(reference, "password"));
  CHECK_FALSE(check_password(reference, "Password"));
  for (const auto* bad : {"", "$argon2id$", "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65"})
    CHECK_FALSE(check_password(bad, "password"));
}

TEST_CASE("a sealed value opens in its own place only") {
  const Vault vault({{"k1", key_of('1')}}, "k1");
  const auto sealed = vault.seal("credencial ñ", "tenant/channel");
  CHECK(sealed.starts_with("k1:"));
  CHECK(sealed.find("credencial") == std::string::npos);
  CHECK(vault.seal("credencial ñ", "tenant/channel") != sealed);
  CHECK(vault.open(sealed, "tenant/channel") == "credencial ñ");
  CHECK_THROWS_AS(vault.open(sealed, "tenant/other"), Error);
  CHECK(vault.open(vault.seal("", "x"), "x").empty());
}

TEST_CASE("a value that was changed anywhere does not open") {
  const Vault vault({{"k1", key_of('1')}}, "k1");
  const auto sealed = vault.seal("secreto", "c");
  auto bytes = *from_base64url(sealed.substr(3));
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] ^= 1;
    CHECK_THROWS_AS(vault.open("k1:" + to_base64url(changed), "c"), Error);
  }
  for (const auto* bad : {"", "k1", "k1:", "k1:***", "k1:AAAA", "k2:AAAA"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(vault.open(bad, "c"), Error);
  }
}

TEST_CASE("the vault opens what RFC-style XChaCha20-Poly1305 sealed") {
  // draft-irtf-cfrg-xchacha-03, appendix A.3.1
  const auto key = *from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const auto nonce = *from_hex("404142434445464748494a4b4c4d4e4f5051525354555657");
  const auto context = *from_hex("50515253c0c1c2c3c4c5c6c7");
  const auto cipher = *from_hex(
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216"
      "cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13"
      "b52ec0875924c1c7987947deafd8780acf49");
  const Vault vault({{"draft", key}}, "draft");
  CHECK(
      vault.open("draft:" + to_base64url(nonce + cipher), context) ==
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.");
}

TEST_CASE("keys rotate: old values open, new ones are sealed with the current key") {
  const auto old = Vault({{"k1", key_of('1')}}, "k1").seal("secreto", "c");
  const Vault vault({{"k1", key_of('1')}, {"k2", key_of('2')}}, "k2");
  CHECK(vault.open(old, "c") == "secreto");
  CHECK(vault.seal("secreto", "c").starts_with("k2:"));
  CHECK_THROWS_AS(Vault({{"k2", key_of('2')}}, "k2").open(old, "c"), Error);
}

TEST_CASE("a vault with a bad key is refused") {
  CHECK_THROWS_AS(Vault({{"k1", "short"}}, "k1"), Error);
  CHECK_THROWS_AS(Vault({{"k1", key_of('1')}}, "k2"), Error);
  CHECK_THROWS_AS(Vault({{"k:1", key_of('1')}}, "k:1"), Error);
  CHECK_THROWS_AS(Vault({}, ""), Error);
}
