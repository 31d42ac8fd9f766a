// SPDX-License-Identifier: BSD-2-Clause
internal import CTLS
public import Internet
public import PuppetCarrier
internal import SystemIO
public import SystemPackage

/// Why a key is none, or cannot be had.
public struct KeyFault: Error, Equatable, Sendable {
    public let errno: Errno
    public let reason: String

    public init(errno: Errno, reason: String) {
        self.errno = errno
        self.reason = reason
    }
}

/// A private key of this host: its connections are TLS 1.3 (RFC 8446), and each end shows a certificate that is nothing but
/// a wrapping for its key.
@safe
public final class TLSIdentity: CarrierIdentity {
    public let fingerprint: KeyFingerprint
    /// Of what C has made, set once; OpenSSL locks what its connections share of it (SSL_CTX_new(3)).
    private let address: UInt

    /// - Parameter owner: a user who may have the file, besides root and who reads it.
    /// - Throws: ENOENT if there is none; EACCES if somebody else may read it.
    public convenience init(readingFile path: String, owner: UInt32? = nil) throws(KeyFault) {
        let file: [UInt8]
        do throws(PrivateFileError) {
            file = try contents(ofPrivateFile: path, limit: Int(CTLS_KEY_SIZE), owner: owner)
        } catch {
            throw KeyFault(error)
        }
        try self.init(file: file)
    }

    /// - Parameter file: the private key, Ed25519 or P-256, as PEM.
    public init(file: [UInt8]) throws(KeyFault) {
        var pin = [UInt8](repeating: 0, count: KeyFingerprint.size)
        var error = [CChar](repeating: 0, count: Int(CTLS_ERROR_SIZE))
        let identity = unsafe ctls_identity_new(file, file.count, &pin, &error)
        guard let identity = unsafe identity, let fingerprint = KeyFingerprint(bytes: pin) else {
            throw KeyFault(errno: .invalidArgument, reason: TLSIdentity.text(error))
        }
        address = UInt(bitPattern: identity)
        self.fingerprint = fingerprint
    }

    deinit {
        unsafe ctls_identity_free(pointer)
    }

    var pointer: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    public func channel(isCaller: Bool, peers: [KeyFingerprint]) -> (any SecureChannel)? {
        TLSChannel(self, isCaller: isCaller, peers: peers)
    }

    /// A new key, as PEM (RFC 8410, RFC 5958).
    public static func makeKey() throws(KeyFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(CTLS_KEY_SIZE))
        var error = [CChar](repeating: 0, count: Int(CTLS_ERROR_SIZE))
        let count = unsafe ctls_make_key(&bytes, bytes.count, &error)
        guard count > 0 else { throw KeyFault(errno: .notSupported, reason: text(error)) }
        return Array(bytes.prefix(Int(count)))
    }

    /// The same in a file that nobody else may read.
    /// - Throws: EEXIST; what is there stays.
    public static func makeKey(inFile path: String, owner: UInt32? = nil) throws(KeyFault) {
        let key = try makeKey()
        do throws(SystemError) {
            try makePrivateFile(path, key, owner: owner)
        } catch {
            throw KeyFault(errno: error.errno, reason: "\(error.errno)")
        }
    }

    private static func text(_ error: [CChar]) -> String {
        String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension KeyFault {
    fileprivate init(_ error: PrivateFileError) {
        switch error {
        case .failed(let error): self.init(errno: error.errno, reason: "\(error.errno)")
        case .notRegular: self.init(errno: .invalidArgument, reason: "not a regular file")
        case .tooLarge(let limit): self.init(errno: .fileTooLarge, reason: "larger than \(limit) bytes")
        case .exposed(let mode):
            self.init(
                errno: .permissionDenied, reason: "others may read it (mode \(String(mode, radix: 8))): chmod 600")
        case .foreign(let user): self.init(errno: .permissionDenied, reason: "it belongs to user \(user)")
        }
    }
}
