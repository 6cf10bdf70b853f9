internal import Foundation

/// Runs blocking work on a thread of its own.
///
/// A dump may block for minutes; on the shared pool it would keep short work such as password hashes waiting.
struct BlockingThreads: Sendable {
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try work() })
            }
        }
    }
}
