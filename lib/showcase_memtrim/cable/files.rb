# frozen_string_literal: true

require_relative "../trim/edit"
require_relative "../whole_file"
require_relative "check"

ShowcaseMemtrim::Uses::Parser.load

module ShowcaseMemtrim
  module Cable
    # The two files by which an app has this server.
    class Files
      RACKUP, PROGRAM = "cable/config.ru", "bin/cable"
      # Puma's options may follow.
      LINE = "bin/cable -b tcp://0.0.0.0:28080"

      # Settings whose values count for what tenants sign, besides those of Action Cable.
      SIGNING = %w[
        load_defaults action_dispatch.cookies_serializer action_dispatch.use_authenticated_cookie_encryption action_dispatch.encrypted_cookie_cipher
        action_dispatch.signed_cookie_digest action_dispatch.signed_cookie_salt action_dispatch.encrypted_cookie_salt action_dispatch.encrypted_signed_cookie_salt
        action_dispatch.authenticated_encrypted_cookie_salt action_dispatch.cookies_rotations active_support.key_generator_hash_digest_class active_support.use_message_serializer_for_metadata
        turbo.signed_stream_verifier_key
      ].freeze
      # Of the app's assets and pages; a server of its own has no use for them.
      OF_PAGES = %w[action_cable.precompile_assets action_cable.url].freeze

      ANY_PATH = "config.mount_path = nil # every path, as the server that was here"
      # As the server has it anyhow (Settings).
      USUAL_LEVEL = /\A(ENV.fetch\(["']RAILS_LOG_LEVEL["'], ["']info["']\)|:info|["']info["'])\z/
      # What the server leaves out anyhow (Settings::FILTERED, which needs Action Cable).
      FILTERED = %w[passw email secret token _key crypt salt certificate otp ssn cvv cvc].freeze

      CONVERSIONS = %i[to_i to_f to_s to_sym].freeze
      COMPOUND = [
        Prism::ArrayNode, Prism::HashNode, Prism::AssocNode, Prism::OrNode, Prism::ParenthesesNode, Prism::StatementsNode,
        Prism::InterpolatedStringNode, Prism::EmbeddedStatementsNode
      ].freeze

      CABLE = <<~RUBY
        #!/usr/bin/env ruby
        # frozen_string_literal: true

        # Puma with cable/config.ru, without RubyGems and Bundler in its memory. Takes Puma's options.
        ENV["BUNDLE_GEMFILE"] ||= File.expand_path("../Gemfile", __dir__)
        require "bundler/setup"
        require "showcase_memtrim/cable/launcher"
        ShowcaseMemtrim::Cable::Launcher.exec(File.expand_path("../cable/config.ru", __dir__), ARGV)
      RUBY

      # @param check [Check] of an app that qualifies
      def initialize(check)
        @check = check
        @app = check.app
      end

      # @return [Array<Trim::Edit>] of files that are there, and different
      def others
        edits.select { |edit| edit.before && edit.changed? }
      end

      # @return [Array<String>] what was written: both, or nothing
      # @raise [Error] when a file can't be written
      def write
        edits.select(&:changed?).each_with_object([]) do |edit, written|
          file = File.join(@app.root, edit.path)
          FileUtils.mkdir_p(File.dirname(file))
          WholeFile.write(file, edit.after)
          File.chmod(0o755, file) if edit.path == PROGRAM
          written << edit.path
        rescue SystemCallError => error
          edits.select { |one| written.include?(one.path) }.each { |one| WholeFile.write(File.join(@app.root, one.path), one.before) }
          raise Error, "#{edit.path} can't be written: #{SystemError.words(error)}; nothing written"
        end
      end

      # @return [Array<String>] gems that both files need, and the app's bundle lacks
      def missing_gems
        @app.lock.any? ? %w[showcase_memtrim puma] - bundled : []
      end

      # @return [Array<String>] lines by which the app starts a server of Action Cable's now: "Procfile:2"
      def started
        @app.deployment.processes.select { |process| process.command.any? { |word| word.delete_prefix("./") == RACKUP } }.map { |process| process.place.join(":") }.uniq
      end

      # @return [String] cable/config.ru
      def rackup
        <<~RUBY
          # frozen_string_literal: true

          # Action Cable with the channels of app/channels, and without the app: see #{PROGRAM}.
          require "showcase_memtrim/cable"

          cable = ShowcaseMemtrim::Cable.application(root: File.expand_path("..", __dir__)) do |config|
          #{lines.map { |line| "  #{line}" }.join("\n")}
          end

          run cable
        RUBY
      end

      private

      # Gems of a path or a repository, too.
      def bundled
        %w[showcase_memtrim puma].select { |name| @app.lock.key?(name) || Experiment::GemfileLock.new(@app.gemfile_path).gem?(name) }
      end

      def edits
        @edits ||= {RACKUP => rackup, PROGRAM => CABLE}.map { |path, text| Trim::Edit.new(path: path, before: content(path), after: text) }
      end

      def content(path)
        file = File.join(@app.root, path)
        File.read(file) if File.exist?(file)
      end

      def lines
        list = settings.map { |setting| line(setting) }
        list << ANY_PATH if any_path?
        list << filtered if filtered
        list << "config.require = #{@check.required.inspect}" if @check.required.any?
        list.empty? ? ["# Action Cable's settings, by its own names: config.allowed_request_origins = [...]"] : list
      end

      def settings
        all = @app.settings
        names = SIGNING + ["log_level"] + (all.below("action_cable") + all.below("x")).map(&:name).uniq - OF_PAGES - (any_path? ? ["action_cable.mount_path"] : [])
        names.filter_map { |name| all.last(name) }.reject { |setting| setting.name == "log_level" && setting.node&.slice.to_s.match?(USUAL_LEVEL) }
      end

      # A cable/config.ru of the full server that runs it without a path, where that is to be written over.
      def any_path?
        return @any_path if defined?(@any_path)
        return @any_path = true if content(RACKUP).to_s.include?(ANY_PATH)
        tree = Uses::Parser.parse(content(RACKUP).to_s).first
        @any_path = tree.statements.body.any? { |node| node.is_a?(Prism::CallNode) && node.name == :run && node.receiver.nil? && node.arguments&.slice.to_s.match?(/\A(?:::)?ActionCable\.server\z/) }
      end

      # What the app leaves out of its logs, besides what this server does anyhow: connections' parameters are logged.
      def filtered
        return @filtered if defined?(@filtered)
        setting = @app.settings.last("filter_parameters")
        @filtered = setting && filter(setting)
      end

      def filter(setting)
        place = "#{setting.file}:#{setting.line}"
        list = added(Uses::Parser.parse(content(setting.file)).first, setting.line)
        return "# config.filter_parameters: #{place} sets it, in a way that can't be read; give it here, too" unless list && plain?(list)
        more = list.is_a?(Prism::ArrayNode) ? list.elements.reject { |node| node.is_a?(Prism::SymbolNode) && FILTERED.include?(node.unescaped) } : [list]
        "config.filter_parameters += [#{more.map(&:slice).join(", ")}] # as #{place}" if more.any?
      end

      # @return [Prism::Node, nil] what `config.filter_parameters += …` of that line adds
      def added(node, line)
        return node.value if node.is_a?(Prism::CallOperatorWriteNode) && node.read_name == :filter_parameters && node.location.start_line == line
        node.compact_child_nodes.each { |child| (found = added(child, line)) && (return found) }
        nil
      end

      def line(setting)
        name = setting.name.delete_prefix("action_cable.")
        place = "#{setting.file}:#{setting.line}"
        return "# config.#{name}: #{place} sets it, in a way that can't be read; give it here, too" unless setting.certain && setting.node && plain?(setting.node)
        (name == "load_defaults") ? "config.load_defaults #{setting.node.slice} # as #{place}" : "config.#{name} = #{setting.node.slice} # as #{place}"
      end

      # Means the same in another file: literals, and what is made of them, of environment variables, and of Rails' version.
      def plain?(node)
        case node
        when Prism::StringNode, Prism::SymbolNode, Prism::IntegerNode, Prism::FloatNode, Prism::TrueNode, Prism::FalseNode, Prism::NilNode, Prism::RegularExpressionNode then true
        when Prism::CallNode then variable?(node) || (CONVERSIONS.include?(node.name) && node.arguments.nil? && plain?(node.receiver))
        when Prism::ConstantPathNode then node.slice.match?(/\A(::)?Rails::VERSION::[A-Z]+\z/)
        when *COMPOUND then node.compact_child_nodes.all? { |child| plain?(child) }
        end
      end

      def variable?(node)
        node.receiver&.slice == "ENV" && node.block.nil? && node.arguments&.arguments&.all? { |argument| plain?(argument) }
      end
    end
  end
end
