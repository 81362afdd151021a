# frozen_string_literal: true

require_relative "command"
require_relative "experiments"
require_relative "../configuration"
require_relative "../experiment"
require_relative "../trim/configuration_file"
require_relative "../trim/edit"
require_relative "../trim/written"

module ShowcaseMemtrim
  module Commands
    # `memtrim defer [GEM…]`
    class Defer < Command
      include Experiments

      RUNTIME = "/showcase_memtrim/rails.rb"

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        check_options(arguments)
        check_platform("deferring")
        in_workspace do |workspace|
          @workspace = workspace
          @configuration = Configuration.read(workspace.app)
          arguments.any? ? defer(arguments.uniq) : list
        end
      end

      private

      def check_options(names)
        raise Error, "--force wants the reason why it is deferred although it isn't safe" if @options[:force]&.strip&.empty?
        raise Error, "--force and --write go with the gems to defer: memtrim defer GEM" if names.empty? && (@options[:force] || @options[:write])
      end

      # @return [Integer] the exit status
      def defer(names)
        already = @configuration.deferred.select { |entry| names.include?(entry.name) }
        already.each { |entry| note "#{entry.name} is deferred already (#{Configuration::PATH}:#{entry.line})" }
        deferrals = find(names - already.map(&:name))
        edit = edit(deferrals.select { |deferral| write?(deferral) })
        ShowcaseMemtrim::Trim::Written.new(@workspace.app).write([edit]) if edit.changed? && @options[:write]
        tell(deferrals, edit)
        (deferrals.all? { |deferral| write?(deferral) }) ? 0 : 1
      end

      # @return [Array<Deferral>]
      def find(names)
        return [] if names.empty?
        note "booting #{File.basename(@workspace.app)} (#{@options[:env]})…"
        without = Experiment::WithoutEach.new(@workspace, progress: Experiment::Progress.new(@err), **trial)
        @candidates = without.candidates
        names = names.select { |name| able?(name) }
        return [] if names.empty?
        note "booting it without #{names.join(", ")}…"
        without.deferrals(names).values
      end

      # @raise [Error] for a gem that is not the Gemfile's
      def able?(name)
        return true if @candidates.gems.key?(name)
        gem = @candidates.bundle[name] or raise Error, unknown(name)
        raise Error, "#{name} is not in the Gemfile: #{needed_by(gem[:needed_by])} it; its own line is not yours to defer" unless gem[:groups]
        groups = gem[:groups] & [:default, @options[:env].to_sym]
        note "#{name}: nothing to defer, Bundler does not require it #{groups.any? ? "(require: false in the Gemfile)" : "in #{@options[:env]} (its group is #{gem[:groups].join(" and ")})"}"
      end

      # @param names [Array<String>] never none: what is in the bundle and not in the Gemfile is somebody's
      def needed_by(names)
        return "#{names.first} needs" if names.size == 1
        "#{names.first(2).join(", ")}#{" and #{names.size - 2} more" if names.size > 2} need"
      end

      def unknown(name)
        return "#{name} is a railtie: `railties:` in #{Configuration::PATH} leaves it out (memtrim trim)" if name.include?("/")
        near = Configuration.did_you_mean(name, @candidates.gems.keys)
        "no gem #{name} in the bundle#{near.empty? ? Configuration.did_you_mean(name, @candidates.bundle.keys) : near}"
      end

      def trial
        @options.slice(:env, :timeout)
      end

      def write?(deferral)
        deferral.safe? || (@options.key?(:force) && deferral.constants.any?)
      end

      def edit(deferrals)
        path = File.join(@workspace.app, Configuration::PATH)
        before = File.binread(path) if File.exist?(path)
        file = ShowcaseMemtrim::Trim::ConfigurationFile.new(before)
        deferrals.each { |deferral| file.defer(deferral.gem, deferral.constants, force: (@options[:force].strip unless deferral.safe?)) }
        ShowcaseMemtrim::Trim::Edit.new(path: Configuration::PATH, before: before, after: deferrals.any? ? file.to_s : before)
      end

      def tell(deferrals, edit)
        return @out.puts(JSON.pretty_generate(to_h(deferrals, edit))) if @options[:format] == "json"
        refused, others = deferrals.partition { |deferral| !write?(deferral) }
        others.each { |deferral| tell_deferred(deferral) }
        @out.print edit.diff if edit.changed?
        refused.each { |deferral| deferral.reasons.each { |reason| @out.puts "#{deferral.gem}: #{reason}" } }
        note "not deferred: #{refused.map(&:gem).join(", ")}; --force REASON does it all the same" if refused.any?
        note(@options[:write] ? "written: #{edit.path}; `memtrim trim --undo` takes it back" : "nothing written; --write does") if edit.changed?
      end

      def tell_deferred(deferral)
        saves = deferral.held_saved_bytes
        note "#{deferral.gem}: #{deferral.safe? ? "safe to defer" : "deferred by force, although: #{deferral.why}"}#{"; a boot without it holds #{mib(saves)} MiB less" if saves&.positive?}"
      end

      def to_h(deferrals, edit)
        gems = deferrals.map do |deferral|
          {
            name: deferral.gem, constants: deferral.constants, safe: deferral.safe?, deferred: write?(deferral),
            force: (@options[:force] unless deferral.safe?), held_saved_bytes: deferral.held_saved_bytes, reasons: deferral.reasons.map(&:to_h)
          }
        end
        {schema: 1, app: File.basename(@workspace.app), environment: @candidates&.environment, gems: gems, written: (edit.path if edit.changed? && @options[:write])}
      end

      # @return [Integer] the exit status
      def list
        return tell_list([], nil) if @configuration.deferred.empty?
        note "booting #{File.basename(@workspace.app)} (#{@options[:env]})…"
        traced = @configuration.deferred.to_h { |entry| [entry.name, entry.constants] }
        variant = Experiment::Variant.new(name: "base", kind: "base", traced: traced)
        outcome = Experiment::Trial.new(@workspace, variant, counted: true, details: [:shape], **trial).run
        raise Error, "the app does not boot: #{outcome.values_at(:error, :line).compact.join(", in ")}" if outcome[:error]
        shape = outcome.dig(:details, :shape)
        tell_list(@configuration.deferred.map { |entry| state(entry, shape) }, shape)
      end

      def state(entry, shape)
        path, file, line = shape[:loads][entry.name]
        {
          name: entry.name, constants: entry.constants, force: entry.force, loaded: !path.nil?, file: file && @workspace.original(file), line: line,
          held_bytes: (shape.dig(:uses, entry.name, :bytes) unless path)
        }
      end

      def tell_list(gems, shape)
        note "config/application.rb does not require showcase_memtrim/rails: nothing is deferred" if shape && shape[:files].none? { |file| file.end_with?(RUNTIME) }
        if @options[:format] == "json"
          @out.puts JSON.pretty_generate(schema: 1, app: File.basename(@workspace.app), deferred: gems)
        else
          note "nothing is deferred; `memtrim defer GEM` tells of a gem whether it could be" if gems.empty?
          width = gems.map { |gem| gem[:name].size }.max
          gems.each { |gem| @out.puts "#{gem[:name].ljust(width)}  #{line_of(gem)}" }
        end
        (gems.any? { |gem| gem[:loaded] }) ? 1 : 0
      end

      def line_of(gem)
        return "loaded at boot all the same#{", by #{Experiment::Deferral::Reason.new(nil, gem[:file], gem[:line]).place}" if gem[:file]}" if gem[:loaded]
        "deferred until #{gem[:constants].join(", ")}#{"; #{mib(gem[:held_bytes])} MiB at its first use" if gem[:held_bytes]}#{" (by force: #{gem[:force]})" if gem[:force]}"
      end

      def options
        parser("defer [GEM…] [options]") do |parser|
          parser.separator "Without a gem: what is deferred, and whether it is loaded at boot all the same."
          parser.on("--write", "write config/memtrim.yml (default: show what would change)") { @options[:write] = true }
          parser.on("--force REASON", "defer it although it isn't safe; the reason is kept in the file") { |reason| @options[:force] = reason }
          parser.separator ""
          app_options(parser)
          timeout_option(parser)
          format_option(parser)
        end
      end
    end
  end
end
