internal import Billing
internal import HTTPServer
internal import IdentityHTTP

extension InvoiceRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_org_invoice", "Shows one invoice of an org.", for: .billingAdministrator)
                .answers(.ok, "The invoice.", BillingSchemas.invoice)
                .refuses(BillingError.notFound, BillingError.ownerRequired).refuses(MoneyRefusal.notFound),
            RouteDescription("get_org_invoice_page", "Shows one of our own invoices as a page.", for: .billingAdministrator)
                .noting("The provider shows its own invoices; they have no page here.").answers(.ok, "The page.", as: "text/html")
                .refuses(BillingError.notFound, BillingError.ownerRequired).refuses(MoneyRefusal.notFound),
        ]
    }
}
