internal import Core
internal import HTTPServer

/// Takes any text as the target of a request and looks for its route.
///
/// No input may crash the process, and what stands in a route's place must be one decoded segment.
@c(LLVMFuzzerTestOneInput)
public func fuzzRouter(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let text = String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self),
        let request = Request(method: .get, target: text, id: RequestID(high: 0, low: 0))
    else { return 0 }
    let checked = Task.immediate { _ = await router.respond(to: request) }
    _ = checked
    return 0
}

private let router: Router = {
    var router = Router()
    let check: Router.Handler = { request in
        for value in request.pathParameters.values { precondition(!value.isEmpty && value != ".." && !value.utf8.contains(0)) }
        return .text("ok")
    }
    for path in ["/", "/v1/orgs", "/v1/orgs/{org_id}", "/v1/orgs/mine", "/v1/orgs/{org_id}/members/{user_id}", "/{any}/{thing}/at/all"] {
        router.add(.get, path, check)
    }
    return router
}()
