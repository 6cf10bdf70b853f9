internal import CLibCrypto
public import Core

/// Bytes that must not be shown and are overwritten when the last owner lets go of them: a key, a seed.
///
/// They have no textual form. Copies of the value share one memory block, so there is one place to wipe.
public struct SecretBytes: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let storage: Storage

    /// Takes a copy of the bytes; what the caller keeps is the caller's to forget.
    public init(_ bytes: some Collection<UInt8>) {
        storage = Storage(bytes)
    }

    /// Takes the UTF-8 bytes of a secret text, such as a webhook secret whose text is the key.
    public init(utf8 text: SecretString) {
        self = text.withValue { SecretBytes($0.utf8) }
    }

    /// Makes `count` random bytes.
    public static func random(count: Int, from source: some RandomSource) -> SecretBytes {
        SecretBytes(source.bytes(count: count))
    }

    /// How many bytes there are.
    public var count: Int { storage.count }

    /// Hands the bytes to a closure, the only way to see them.
    public func withBytes<Result, Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
        // The storage wipes itself when its last user is done, which the compiler may see before the pointer's is.
        defer { withExtendedLifetime(storage) {} }
        let bytes = unsafe UnsafeBufferPointer(start: storage.pointer, count: storage.count)
        return try unsafe body(Span(_unsafeElements: bytes))
    }

    /// Hands the address of the bytes to a call into C.
    func withPointer<Result, Failure: Error>(_ body: (UnsafePointer<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(UnsafePointer(storage.pointer))
    }

    /// `<redacted>`
    public var description: String { "<redacted>" }
    /// `<redacted>`
    public var debugDescription: String { "<redacted>" }
    /// Shows no part of the bytes.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Never changed after it is made, so any thread may read it.
    @safe private final class Storage: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<UInt8>
        let count: Int

        init(_ bytes: some Collection<UInt8>) {
            count = bytes.count
            unsafe pointer = .allocate(capacity: max(count, 1))
            for (offset, byte) in bytes.enumerated() { unsafe pointer[offset] = byte }
        }

        deinit {
            unsafe OPENSSL_cleanse(pointer, count)
            unsafe pointer.deallocate()
        }
    }
}
