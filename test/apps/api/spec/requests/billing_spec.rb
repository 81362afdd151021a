# frozen_string_literal: true

RSpec.describe "Billing" do
  let(:account) { create_account }

  it "puts what is owed on one invoice until it is paid" do
    Billing::InvoiceJob.perform_now(account, "Parcel A", 530)
    Billing::InvoiceJob.perform_now(account, "Parcel B", 1340)

    get "/billing/invoices", headers: bearer(account)
    expect(json["invoices"].map { |invoice| invoice.slice("status", "total") }).to eq([{"status" => "open", "total" => "USD 18.70"}])

    id = json["invoices"].first["id"]
    get "/billing/invoices/#{id}", headers: bearer(account)
    expect(json["lines"]).to eq([{"description" => "Parcel A", "amount" => "USD 5.30"}, {"description" => "Parcel B", "amount" => "USD 13.40"}])

    perform_enqueued_jobs { post "/billing/invoices/#{id}/pay", headers: bearer(account) }
    expect(json["status"]).to eq("paid")

    Billing::InvoiceJob.perform_now(account, "Parcel C", 530)
    expect(account.invoices.count).to eq(2)
  end

  it "mails an invoice" do
    Billing::InvoiceJob.perform_now(account, "Parcel A", 530)
    mail = Billing::InvoiceMailer.with(invoice: account.invoices.first).invoice
    expect(mail).to have_attributes(from: ["billing@freight.example"], to: [account.email], subject: /\AInvoice \d{6}-\d{4}\z/)
    expect(mail.body.to_s).to match(/^Parcel A +USD 5\.30$/).and match(/^Total +USD 5\.30$/)
  end

  it "keeps invoices to their owner" do
    Billing::InvoiceJob.perform_now(create_account(key: "another"), "Parcel", 1)
    get "/billing/invoices/#{Billing::Invoice.first.id}", headers: bearer(account)
    expect(response).to have_http_status(:not_found)
  end
end
