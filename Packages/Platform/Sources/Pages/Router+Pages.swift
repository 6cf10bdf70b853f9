internal import Core
public import HTTPServer

extension Router {
    /// Adds a page. Whatever is refused is told on a page of its own, with the same status, headers and words as a program gets them.
    ///
    /// - Parameter title: the heading of such a refusal.
    public mutating func addPage(
        _ method: Method, _ path: String, operation: String, title: String, bodyLimit: Int = 16_384,
        _ handler: @escaping @Sendable (Request) async throws -> Response
    ) {
        add(method, path, operation: operation, bodyLimit: bodyLimit) { request in
            do {
                return try await handler(request)
            } catch {
                guard let problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem, problem.status.rawValue < 500 else {
                    throw error
                }
                var response = HTMLPage(title: title, content: .error(problem.detail)).response(problem.status)
                for field in problem.headers.fields { response.headers[field.name] = field.value }
                return response
            }
        }
    }
}
