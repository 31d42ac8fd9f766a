/* SPDX-License-Identifier: BSD-2-Clause */
#include "CTLS.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ctls_identity {
    SSL_CTX *context;
    BIO_METHOD *wire;
};

struct ctls_session {
    SSL *ssl;
    uint8_t *pins;
    size_t pin_count;
    /* Of the call that runs now. */
    struct ctls_wire *wire;
    uint8_t peer[CTLS_PIN_SIZE];
    int has_peer;
    char error[CTLS_ERROR_SIZE];
};

/* What OpenSSL says first is the cause; of keys it speaks as if somebody had signed them. */
static void explain(char error[CTLS_ERROR_SIZE], const char *otherwise)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
        switch (ERR_GET_REASON(code)) {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            reason = "not a key of the peer's";
            break;
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            reason = "no key";
            break;
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
            reason = "the other end does not take this end's key";
            break;
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            reason = "the other end wants a key";
            break;
        }
    }
    snprintf(error, CTLS_ERROR_SIZE, "%s", reason != NULL ? reason : otherwise);
    ERR_clear_error();
}

/* What is told of a key: the same as `openssl pkey -pubout -outform DER | openssl dgst -sha256`. */
static int pin_of(X509_PUBKEY *key, uint8_t pin[CTLS_PIN_SIZE])
{
    unsigned char *der = NULL;
    unsigned size = 0;
    int length = key != NULL ? i2d_X509_PUBKEY(key, &der) : -1;
    int is_done = length > 0 && EVP_Digest(der, (size_t)length, pin, &size, EVP_sha256(), NULL) == 1;
    OPENSSL_free(der);
    return is_done && size == CTLS_PIN_SIZE;
}

/* A certificate is a wrapping for the key here: names, dates and signatures in it mean nothing. */
static int verify(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ctls_session *session = SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    if (certificate != NULL && pin_of(X509_get_X509_PUBKEY(certificate), session->peer)) {
        session->has_peer = 1;
        for (size_t i = 0; i < session->pin_count; i++) {
            if (CRYPTO_memcmp(session->pins + i * CTLS_PIN_SIZE, session->peer, CTLS_PIN_SIZE) == 0)
                return 1;
        }
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

/* The wire of OpenSSL's own, which is what the caller lends. */

static int wire_write(BIO *bio, const char *bytes, int size)
{
    struct ctls_session *session = BIO_get_data(bio);
    struct ctls_wire *wire = session->wire;
    BIO_clear_retry_flags(bio);
    if (wire == NULL || size <= 0)
        return 0;
    size_t room = wire->out_room - wire->out_size;
    if (room == 0) {
        BIO_set_retry_write(bio);
        return -1;
    }
    size_t count = (size_t)size < room ? (size_t)size : room;
    memcpy(wire->out + wire->out_size, bytes, count);
    wire->out_size += count;
    return (int)count;
}

static int wire_read(BIO *bio, char *bytes, int size)
{
    struct ctls_session *session = BIO_get_data(bio);
    struct ctls_wire *wire = session->wire;
    BIO_clear_retry_flags(bio);
    if (wire == NULL || size <= 0)
        return 0;
    size_t rest = wire->in_size - wire->in_taken;
    if (rest == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t count = (size_t)size < rest ? (size_t)size : rest;
    memcpy(bytes, wire->in + wire->in_taken, count);
    wire->in_taken += count;
    return (int)count;
}

static long wire_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int wire_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

int ctls_digest(const uint8_t *bytes, size_t size, uint8_t digest[CTLS_PIN_SIZE])
{
    return EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) == 1;
}

int ctls_make_key(uint8_t *pem, size_t room, char error[CTLS_ERROR_SIZE])
{
    int count = -1;
    char *bytes = NULL;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *memory = BIO_new(BIO_s_mem());
    if (key != NULL && memory != NULL && PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1) {
        long size = BIO_get_mem_data(memory, &bytes);
        if (size > 0 && (size_t)size <= room) {
            memcpy(pem, bytes, (size_t)size);
            count = (int)size;
        }
    }
    if (count < 0)
        explain(error, "no key");
    BIO_free(memory);
    EVP_PKEY_free(key);
    return count;
}

/* RFC 5280: what has no end ends in the year 9999. */
static X509 *certificate_of(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    if (certificate == NULL)
        return NULL;
    X509_NAME *name = X509_get_subject_name(certificate);
    int is_made = X509_set_version(certificate, X509_VERSION_3) == 1 &&
                  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
                  ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20000101000000Z") == 1 &&
                  ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") == 1 &&
                  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"puppet", -1, -1, 0) == 1 &&
                  X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1;
    /* Ed25519 has its digest in itself (RFC 8410). */
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
    if (is_made && X509_sign(certificate, key, digest) > 0)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static int no_passphrase(char *bytes, int size, int is_writing, void *unused)
{
    (void)bytes, (void)size, (void)is_writing, (void)unused;
    return -1;
}

static SSL_CTX *context_of(EVP_PKEY *key, X509 *certificate)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, verify, NULL);
    /* One certificate, with one key in it. */
    SSL_CTX_set_max_cert_list(context, 4096);
    if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
        SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
        SSL_CTX_set1_sigalgs_list(context, "ed25519:ECDSA+SHA256") == 1 &&
        SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

struct ctls_identity *ctls_identity_new(
    const uint8_t *pem, size_t size, uint8_t pin[CTLS_PIN_SIZE], char error[CTLS_ERROR_SIZE])
{
    ERR_clear_error();
    struct ctls_identity *identity = calloc(1, sizeof *identity);
    BIO *memory = size <= CTLS_KEY_SIZE ? BIO_new_mem_buf(pem, (int)size) : NULL;
    EVP_PKEY *key = memory != NULL ? PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL) : NULL;
    X509 *certificate = NULL;
    if (key == NULL) {
        ERR_clear_error();
        snprintf(error, CTLS_ERROR_SIZE, "no private key, or one with a passphrase");
    } else if (!EVP_PKEY_is_a(key, "ED25519") && !EVP_PKEY_is_a(key, "EC")) {
        snprintf(error, CTLS_ERROR_SIZE, "neither an Ed25519 nor a P-256 key");
    } else {
        certificate = certificate_of(key);
    }
    if (identity != NULL && certificate != NULL && pin_of(X509_get_X509_PUBKEY(certificate), pin)) {
        identity->wire = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");
        if (identity->wire != NULL && BIO_meth_set_write(identity->wire, wire_write) == 1 &&
            BIO_meth_set_read(identity->wire, wire_read) == 1 && BIO_meth_set_ctrl(identity->wire, wire_control) == 1 &&
            BIO_meth_set_create(identity->wire, wire_create) == 1)
            identity->context = context_of(key, certificate);
    }
    X509_free(certificate);
    if (key != NULL && (identity == NULL || identity->context == NULL) && ERR_peek_error() != 0)
        explain(error, "no key");
    EVP_PKEY_free(key);
    BIO_free(memory);
    if (identity != NULL && identity->context == NULL) {
        ctls_identity_free(identity);
        identity = NULL;
    }
    return identity;
}

void ctls_identity_free(struct ctls_identity *identity)
{
    if (identity == NULL)
        return;
    SSL_CTX_free(identity->context);
    BIO_meth_free(identity->wire);
    free(identity);
}

struct ctls_session *ctls_session_new(
    struct ctls_identity *identity, int is_caller, const uint8_t *pins, size_t pin_count)
{
    struct ctls_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    session->ssl = SSL_new(identity->context);
    session->pins = malloc(pin_count * CTLS_PIN_SIZE + 1);
    BIO *bio = BIO_new(identity->wire);
    if (session->ssl == NULL || session->pins == NULL || bio == NULL) {
        BIO_free(bio);
        ctls_session_free(session);
        ERR_clear_error();
        return NULL;
    }
    if (pin_count > 0)
        memcpy(session->pins, pins, pin_count * CTLS_PIN_SIZE);
    session->pin_count = pin_count;
    BIO_set_data(bio, session);
    SSL_set_bio(session->ssl, bio, bio);
    SSL_set_app_data(session->ssl, session);
    if (is_caller)
        SSL_set_connect_state(session->ssl);
    else
        SSL_set_accept_state(session->ssl);
    return session;
}

void ctls_session_free(struct ctls_session *session)
{
    if (session == NULL)
        return;
    SSL_free(session->ssl);
    free(session->pins);
    free(session);
}

static enum ctls_result result_of(struct ctls_session *session, int answer)
{
    if (answer > 0)
        return CTLS_DONE;
    switch (SSL_get_error(session->ssl, answer)) {
    case SSL_ERROR_WANT_READ:
        return CTLS_WANTS_INPUT;
    case SSL_ERROR_WANT_WRITE:
        return CTLS_WANTS_OUTPUT;
    case SSL_ERROR_ZERO_RETURN:
        return CTLS_ENDED;
    default:
        explain(session->error, "broken");
        return CTLS_FAILED;
    }
}

static void begin(struct ctls_session *session, struct ctls_wire *wire)
{
    ERR_clear_error();
    session->wire = wire;
}

enum ctls_result ctls_handshake(struct ctls_session *session, struct ctls_wire *wire)
{
    begin(session, wire);
    enum ctls_result result = result_of(session, SSL_do_handshake(session->ssl));
    session->wire = NULL;
    return result;
}

enum ctls_result ctls_open(
    struct ctls_session *session, struct ctls_wire *wire, uint8_t *plain, size_t room, size_t *count)
{
    begin(session, wire);
    *count = 0;
    enum ctls_result result = result_of(session, SSL_read_ex(session->ssl, plain, room, count));
    session->wire = NULL;
    return result;
}

enum ctls_result ctls_seal(
    struct ctls_session *session, struct ctls_wire *wire, const uint8_t *plain, size_t size)
{
    size_t count = 0;
    begin(session, wire);
    enum ctls_result result = result_of(session, SSL_write_ex(session->ssl, plain, size, &count));
    session->wire = NULL;
    return result;
}

void ctls_end(struct ctls_session *session, struct ctls_wire *wire)
{
    begin(session, wire);
    SSL_shutdown(session->ssl);
    ERR_clear_error();
    session->wire = NULL;
}

int ctls_peer(const struct ctls_session *session, uint8_t pin[CTLS_PIN_SIZE])
{
    if (session->has_peer)
        memcpy(pin, session->peer, CTLS_PIN_SIZE);
    return session->has_peer;
}

const char *ctls_reason(const struct ctls_session *session)
{
    return session->error;
}
