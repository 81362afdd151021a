# frozen_string_literal: true

module Billing
  class Engine < ::Rails::Engine
    isolate_namespace Billing

    # The application's migrations run those of the engine too.
    initializer "billing.append_migrations" do |app|
      unless app.root.to_s == root.to_s
        config.paths["db/migrate"].expanded.each { |path| app.config.paths["db/migrate"] << path }
      end
    end

    # Whoever owns invoices can ask for them.
    config.to_prepare do
      Billing.config.owner_class&.safe_constantize&.include(Billing::Owner)
    end
  end
end
