/// Lets code do what it would do, and undoes it: within a rehearsal every transaction is rolled back although it succeeded.
///
/// Code that is one transaction is thereby rehearsed by itself, with every check it makes. Statements outside of a transaction are not held back.
public enum Rehearsal {
    /// Looks at what a transaction did, before it is undone.
    public typealias Look = @Sendable (PostgresTransaction) async throws -> Void

    @TaskLocal static var look: Look?

    /// Rehearses what a closure does.
    ///
    /// - Parameter look: is called at the end of each transaction that succeeded and did something.
    /// - Throws: what the closure throws, or `look`.
    public static func run<Result>(looking look: @escaping Look, _ body: () async throws -> Result) async throws -> Result {
        try await $look.withValue(look) { try await body() }
    }
}
