/* SPDX-License-Identifier: MIT */
/* test_crypto.c - published vectors: FIPS 180-4, RFC 2202, 4231, 6070, 7914 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include <pthread.h>
#include <string.h>

#include "gateway/base/codec.h"
#include "gateway/run/crypto.h"

#define TEXT(s)                                                                \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

static void same(const char *name, const uint8_t *got, size_t n,
		 const char *want)
{
	char hex[2 * CRYPTO_HASH_MAX + 1];

	codec_hex_to(hex, got, n);
	if (strcmp(hex, want) != 0)
		fail_msg("%s: %s, not %s", name, hex, want);
}

static void digests(void **state)
{
	static const struct {
		const char *name;
		enum crypto_hash hash;
		struct str in;
		const char *want;
	} cases[] = {
		{ "sha1 abc", CRYPTO_SHA1, TEXT("abc"),
		  "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ "sha256 of nothing", CRYPTO_SHA256, TEXT(""),
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b78"
		  "52b855" },
		{ "sha256 abc", CRYPTO_SHA256, TEXT("abc"),
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2"
		  "0015ad" },
		{ "sha512 abc", CRYPTO_SHA512, TEXT("abc"),
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b"
		  "55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9a"
		  "c94fa54ca49f" },
	};
	uint8_t out[CRYPTO_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		crypto_digest(cases[i].hash, cases[i].in, out);
		same(cases[i].name, out, crypto_hash_len(cases[i].hash),
		     cases[i].want);
	}
	crypto_digest(CRYPTO_SHA256, STR_NONE, out);
	same("NULL", out, 32, cases[1].want);
}

static void hmacs(void **state)
{
	static const struct {
		const char *name;
		enum crypto_hash hash;
		struct str key;
		struct str in;
		const char *want;
	} cases[] = {
		{ "RFC 2202 case 2", CRYPTO_SHA1, TEXT("Jefe"),
		  TEXT("what do ya want for nothing?"),
		  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ "RFC 4231 case 2, 256", CRYPTO_SHA256, TEXT("Jefe"),
		  TEXT("what do ya want for nothing?"),
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964"
		  "ec3843" },
		{ "RFC 4231 case 2, 512", CRYPTO_SHA512, TEXT("Jefe"),
		  TEXT("what do ya want for nothing?"),
		  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea"
		  "2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e"
		  "070a38bce737" },
		{ "empty key and text",
		  CRYPTO_SHA256,
		  { NULL, 0 },
		  { NULL, 0 },
		  "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c7121442"
		  "92c5ad" },
	};
	uint8_t out[CRYPTO_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		crypto_hmac(cases[i].hash, cases[i].key, cases[i].in, out);
		same(cases[i].name, out, crypto_hash_len(cases[i].hash),
		     cases[i].want);
	}
}

static void a_key_longer_than_a_block_is_hashed(void **state)
{
	char key[131];
	uint8_t out[CRYPTO_HASH_MAX];

	(void)state;
	memset(key, 0xaa, sizeof(key));
	crypto_hmac(CRYPTO_SHA256, str_make(key, sizeof(key)),
		    STR("Test Using Larger Than Block-Size Key - "
			"Hash Key First"),
		    out);
	same("RFC 4231 case 6", out, 32,
	     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f5"
	     "4");
}

static void pbkdf2(void **state)
{
	static const struct {
		const char *name;
		enum crypto_hash hash;
		struct str password;
		struct str salt;
		unsigned rounds;
		const char *want; /* the first bytes may do */
	} cases[] = {
		{ "RFC 6070, 1 round", CRYPTO_SHA1, TEXT("password"),
		  TEXT("salt"), 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6" },
		{ "RFC 6070, 4096 rounds", CRYPTO_SHA1, TEXT("password"),
		  TEXT("salt"), 4096,
		  "4b007901b765489abead49d926f721d065a429c1" },
		{ "RFC 7914 11, first 32", CRYPTO_SHA256, TEXT("passwd"),
		  TEXT("salt"), 1,
		  "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c2"
		  "0dacbc" },
	};
	uint8_t out[CRYPTO_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		crypto_pbkdf2(cases[i].hash, cases[i].password, cases[i].salt,
			      cases[i].rounds, out);
		same(cases[i].name, out, crypto_hash_len(cases[i].hash),
		     cases[i].want);
	}
}

/* Passwords shorter and longer than a block, every hash. */
static void pbkdf2_is_that_of_openssl(void **state)
{
	const EVP_MD *const md[] = { EVP_sha1(), EVP_sha256(), EVP_sha512() };
	uint8_t ours[CRYPTO_HASH_MAX], theirs[CRYPTO_HASH_MAX];
	char password[300];

	(void)state;
	for (size_t i = 0; i < sizeof(password); i++)
		password[i] = (char)(i * 7);
	for (size_t n = 0; n <= sizeof(password); n++)
		for (int h = CRYPTO_SHA1; h <= CRYPTO_SHA512; h++) {
			size_t len = crypto_hash_len((enum crypto_hash)h);

			crypto_pbkdf2((enum crypto_hash)h,
				      str_make(password, n), STR("a salt"), 3,
				      ours);
			assert_int_equal(
				PKCS5_PBKDF2_HMAC(password, (int)n,
						  (const uint8_t *)"a salt", 6,
						  3, md[h], (int)len, theirs),
				1);
			assert_memory_equal(ours, theirs, len);
		}
}

/* RFC 7677 3: the server signature of the SCRAM-SHA-256 example. */
static void scram_example(void **state)
{
	static const char salt[] = "\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0"
				   "\x4b\x14\x12\x36\xfa\x81";
	static const char message[] =
		"n=user,r=rOprNGfwEbeRWgbNEkqO,"
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
		"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
	struct arena *a = arena_new();
	uint8_t salted[32], key[32], signature[32];

	(void)state;
	crypto_pbkdf2(CRYPTO_SHA256, STR("pencil"), str_make(salt, 16), 4096,
		      salted);
	crypto_hmac(CRYPTO_SHA256, str_make((const char *)salted, 32),
		    STR("Server Key"), key);
	crypto_hmac(CRYPTO_SHA256, str_make((const char *)key, 32),
		    str_of(message), signature);
	assert_string_equal(codec_base64(a, signature, 32),
			    "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
	arena_free(&a);
}

static void pieces_give_the_same_digest(void **state)
{
	const char text[] = "a body that streams through in pieces";
	uint8_t whole[32], pieces[32];

	(void)state;
	crypto_digest(CRYPTO_SHA256, str_of(text), whole);
	for (size_t cut = 0; cut <= strlen(text); cut++) {
		struct crypto_sha256 *s = crypto_sha256_new();

		crypto_sha256_add(s, text, cut);
		crypto_sha256_add(s, text + cut, strlen(text) - cut);
		crypto_sha256_end(&s, pieces);
		assert_null(s);
		assert_memory_equal(whole, pieces, 32);
	}
}

static void argon2_tells_passwords_apart(void **state)
{
	static const uint8_t salt[16] = "0123456789abcde";
	char encoded[CRYPTO_ARGON2_MAX], again[CRYPTO_ARGON2_MAX];

	(void)state;
	assert_int_equal(crypto_argon2(STR("secret"), salt, encoded), GW_OK);
	assert_int_equal(
		strncmp(encoded, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
	assert_int_equal(crypto_argon2(STR("secret"), salt, again), GW_OK);
	assert_string_equal(encoded, again);
	assert_true(crypto_argon2_verify(encoded, STR("secret")));
	assert_false(crypto_argon2_verify(encoded, STR("Secret")));
	assert_false(crypto_argon2_verify(encoded, STR_NONE));
	assert_false(crypto_argon2_verify("", STR("secret")));
	assert_false(crypto_argon2_verify("$argon2id$", STR("secret")));
	assert_false(crypto_argon2_verify(NULL, STR("secret")));
}

static void *hash_often(void *arg)
{
	uint8_t out[CRYPTO_HASH_MAX];

	for (int i = 0; i < 1000; i++)
		crypto_hmac(CRYPTO_SHA256, STR("Jefe"),
			    STR("what do ya want for nothing?"), out);
	memcpy(arg, out, 32);
	return NULL;
}

static void threads_may_hash_together(void **state)
{
	pthread_t id[4];
	uint8_t out[4][32];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&id[i], NULL, hash_often, out[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(id[i], NULL);
		assert_memory_equal(out[i], "\x5b\xdc\xc1\x46", 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_may_hash_together), /* fetches first */
		cmocka_unit_test(digests),
		cmocka_unit_test(hmacs),
		cmocka_unit_test(a_key_longer_than_a_block_is_hashed),
		cmocka_unit_test(pbkdf2),
		cmocka_unit_test(pbkdf2_is_that_of_openssl),
		cmocka_unit_test(scram_example),
		cmocka_unit_test(pieces_give_the_same_digest),
		cmocka_unit_test(argon2_tells_passwords_apart),
	};

	return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
