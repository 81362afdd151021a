# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    # What rails/all loads, in Rails 7.1 to 8.1, as far as it can be told without the installed Rails: a checklist reads the
    # app's files, and `memtrim trim` asks Rails itself.
    module Frameworks
      # setting: what the app's configuration calls it. brings: railties that it requires itself. used: what an app's files
      # have that use it (nil: no app uses it where it serves). generated: files that are no use.
      Framework = Struct.new(:name, :setting, :brings, :used, :generated, keyword_init: true) do
        def initialize(brings: [], generated: [], **rest)
          super
        end
      end

      ALL = [
        Framework.new(name: "active_record/railtie", setting: "active_record", brings: %w[action_controller/railtie], used: /ActiveRecord|ApplicationRecord/),
        Framework.new(name: "active_storage/engine", setting: "active_storage", brings: %w[action_controller/railtie active_job/railtie active_record/railtie], used: /ActiveStorage|has_(?:one|many)_attached|rails_blob|active_?storage/i),
        Framework.new(name: "action_controller/railtie", setting: "action_controller", brings: %w[action_view/railtie], used: /ActionController|ApplicationController|routes\.draw/),
        Framework.new(name: "action_view/railtie", setting: "action_view", used: /ActionView|ActionController|ApplicationController|<%/),
        Framework.new(name: "action_mailer/railtie", setting: "action_mailer", brings: %w[active_job/railtie], used: /ActionMailer|ApplicationMailer|deliver_(?:now|later)|mailer/i, generated: %w[app/mailers/application_mailer.rb app/views/layouts/mailer.html.erb app/views/layouts/mailer.text.erb]),
        Framework.new(name: "active_job/railtie", setting: "active_job", used: /ActiveJob|ApplicationJob|perform_(?:now|later)|_later\b/, generated: %w[app/jobs/application_job.rb]),
        Framework.new(name: "action_cable/engine", setting: "action_cable", used: /ActionCable|ApplicationCable|turbo_stream_from|broadcast|actioncable/i, generated: %w[app/channels/application_cable/channel.rb app/channels/application_cable/connection.rb]),
        Framework.new(name: "action_mailbox/engine", setting: "action_mailbox", brings: %w[action_controller/railtie active_job/railtie active_record/railtie active_storage/engine], used: /ActionMailbox|ApplicationMailbox/, generated: %w[app/mailboxes/application_mailbox.rb]),
        Framework.new(name: "action_text/engine", setting: "action_text", brings: %w[action_controller/railtie active_record/railtie active_storage/engine], used: /ActionText|has_rich_text|rich_text|actiontext|\btrix\b/i),
        Framework.new(name: "rails/test_unit/railtie")
      ].freeze

      NAMES = ALL.map(&:name).freeze

      class << self
        # @param listed [Array<String>]
        # @return [Array<String>] with what these bring in
        def with_brought(listed)
          loop do
            more = listed | ALL.select { |framework| listed.include?(framework.name) }.flat_map(&:brings)
            return listed if more.size == listed.size
            listed = more
          end
        end

        # @param root [String] of an app
        # @return [Array<Framework>] those of which none of its files has a word, and that nothing brings in which they use
        def unnamed(root)
          texts = texts(root)
          named = ALL.select { |framework| framework.used && texts.any? { |file, text| !framework.generated.include?(file) && framework.used.match?(text) } }
          needed = with_brought(named.map(&:name))
          ALL.reject { |framework| needed.include?(framework.name) }
        end

        private

        # What an app is made of, without its settings of Rails' parts.
        def texts(root)
          Dir.glob("{app,config,lib}/**/*.{rb,erb,haml,slim,js,ts,rake,jbuilder}", base: root).to_h do |file|
            text = Deployment::Text.read(File.join(root, file)).to_s
            [file, text.gsub(/^.*\bconfig\.(?:#{ALL.filter_map(&:setting).join("|")})\b.*$/, "").gsub(/^\s*#.*$/, "")]
          end
        end
      end
    end
  end
end
