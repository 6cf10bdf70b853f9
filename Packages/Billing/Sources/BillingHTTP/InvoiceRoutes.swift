public import Billing
internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Orgs
internal import Pages

/// The routes that show one invoice: its figures, and an own one as a page.
public struct InvoiceRoutes: Sendable {
    private let invoices: any InvoiceViewing
    private let authenticator: Authenticator

    /// Makes the routes.
    public init(invoices: any InvoiceViewing, authenticator: Authenticator) {
        self.invoices = invoices
        self.authenticator = authenticator
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Billing") { Self.descriptions }
        let path = "/v1/billing/invoices/{org_id}/invoice/{invoice_id}"
        router.add(
            .get, path, operation: "get_org_invoice",
            authenticator.authenticated(requiring: .billingRead) { request, principal in
                try .json(BillingBodies.invoice(try await found(request, principal).invoice))
            })
        router.add(
            .get, path + "/html", operation: "get_org_invoice_page",
            authenticator.authenticated(requiring: .billingRead) { request, principal in
                let view = try await found(request, principal)
                // The provider shows its own invoices.
                guard let document = view.document else { throw Problem.notFound }
                return InvoicePage.page(of: try document.content(), status: view.invoice.status).response()
            })
    }

    private func found(_ request: Request, _ principal: Principal) async throws -> InvoiceView {
        let org = try request.parameter("org_id", as: Org.ID.self)
        return try await invoices.invoice(try request.parameter("invoice_id", as: Invoice.ID.self), of: org, as: principal)
    }
}
