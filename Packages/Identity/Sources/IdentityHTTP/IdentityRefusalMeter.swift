public import HTTPServer
internal import Identity

/// Counts refusals of Identity by their code (ID-157).
public struct IdentityRefusalMeter: Middleware {
    private let metrics: IdentityMetrics

    init(_ metrics: IdentityMetrics) {
        self.metrics = metrics
    }

    /// Counts, and changes nothing.
    public func handle(_ request: Request, next: (Request) async throws -> Response) async throws -> Response {
        do {
            return try await next(request)
        } catch let error as IdentityError {
            metrics.countRefusal(error.problem.code)
            throw error
        }
    }
}
