/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS 1.3 between two keys that know each other, by OpenSSL, over bytes that somebody else sends and receives. */
#ifndef CTLS_H
#define CTLS_H

#include <stddef.h>
#include <stdint.h>

enum {
    CTLS_ERROR_SIZE = 256,
    /* SHA-256 of a SubjectPublicKeyInfo (RFC 5280). */
    CTLS_PIN_SIZE = 32,
    /* Bytes that a file with a key has at most. */
    CTLS_KEY_SIZE = 16384,
    /* Bytes of a record besides those in it, at most (RFC 8446 section 5.2), and bytes in it. */
    CTLS_OVERHEAD = 256,
    CTLS_RECORD = 16384,
};

/* A key, with a certificate that it has signed itself. */
struct ctls_identity;
/* One connection. */
struct ctls_session;

/* SHA-256. Returns 1, or 0 if there is no memory for it. */
int ctls_digest(const uint8_t *bytes, size_t size, uint8_t digest[CTLS_PIN_SIZE]);

/* Makes a key, and writes it as PEM. Returns how many bytes that are, or -1. */
int ctls_make_key(uint8_t *pem, size_t room, char error[CTLS_ERROR_SIZE]);

/* Reads a private key from PEM. NULL: it is none, and why. */
struct ctls_identity *ctls_identity_new(
    const uint8_t *pem, size_t size, uint8_t pin[CTLS_PIN_SIZE], char error[CTLS_ERROR_SIZE]);
void ctls_identity_free(struct ctls_identity *identity);

/* `pins`, CTLS_PIN_SIZE bytes each, are the keys that the peer may have. NULL: there is no memory. */
struct ctls_session *ctls_session_new(
    struct ctls_identity *identity, int is_caller, const uint8_t *pins, size_t pin_count);
void ctls_session_free(struct ctls_session *session);

/* What comes from the peer, and room for what goes to it; of both, how much is done is told. */
struct ctls_wire {
    const uint8_t *in;
    size_t in_size, in_taken;
    uint8_t *out;
    size_t out_room, out_size;
};

enum ctls_result {
    CTLS_DONE,
    /* More has to come first. */
    CTLS_WANTS_INPUT,
    /* More has to go first. */
    CTLS_WANTS_OUTPUT,
    /* The peer has said that nothing follows. */
    CTLS_ENDED,
    /* ctls_reason() says why. */
    CTLS_FAILED,
};

/* CTLS_DONE: each has proved to the other that it has its key, and it is one of the pins. */
enum ctls_result ctls_handshake(struct ctls_session *session, struct ctls_wire *wire);

/* Opens what has come. CTLS_DONE: `count` bytes are in `plain`, and there may be more. */
enum ctls_result ctls_open(
    struct ctls_session *session, struct ctls_wire *wire, uint8_t *plain, size_t room, size_t *count);

/* Seals up to CTLS_RECORD bytes; there must be room for them and CTLS_OVERHEAD. */
enum ctls_result ctls_seal(
    struct ctls_session *session, struct ctls_wire *wire, const uint8_t *plain, size_t size);

/* Says that nothing follows. */
void ctls_end(struct ctls_session *session, struct ctls_wire *wire);

/* The key that the peer has shown, whether it was one of the pins or not. 0: none. */
int ctls_peer(const struct ctls_session *session, uint8_t pin[CTLS_PIN_SIZE]);

const char *ctls_reason(const struct ctls_session *session);

#endif
