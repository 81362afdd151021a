# frozen_string_literal: true

require "json"
require_relative "../callers"
require_relative "../uses"
require_relative "bundle"
require_relative "environment_guards"
require_relative "load_effects"
require_relative "run_time_names"
require_relative "gem_offers"
require_relative "gemfile"
require_relative "railtie_offers"
require_relative "used_names"

module ShowcaseMemtrim
  module Verdicts
    # All that is known of an app's gems and railties but their memory: what they offer, who uses it, what boots and traced
    # commands have shown. The rules that judge them are the core's (ext/memtrim_core/src/verdict/).
    class Facts
      # @param app [Hash] the App of a recording
      # @param directory [String] the app's, absolute
      # @param gemfile [String] absolute
      # @param env [String] RAILS_ENV
      # @param trace [Hash, nil] Trace::Merged#to_h
      # @param boots [Hash{String => Experiment::WithoutEach::Outcome}, nil] in place of the trace's
      # @param ignored [Array<Configuration::Entry>]
      def initialize(app, directory:, gemfile:, env:, trace: nil, boots: nil, ignored: [])
        @app = app
        @directory = directory
        @gemfile = Gemfile.new(gemfile, directory)
        @env = env
        @trace = trace
        @boots = plain(boots&.transform_values(&:to_h) || (trace ? trace[:things].transform_values { |thing| thing[:boots] }.compact : {}))
        @ignored = ignored
        @bundle = Bundle.new(app)
      end

      # @return [String] the Facts of ext/memtrim_core/src/verdict/
      def to_json(*)
        JSON.generate(
          schema: 1, files_read: reading.files, skipped: reading.skipped, unknowns: reading.unknowns - run_time_names.places, run_time_names: run_time_names.any, trace: @trace&.slice(:runs, :stale, :passed),
          tests: tests, default_gems: Bundle::DEFAULT_GEMS, ignore: @ignored.map { |entry| {name: entry.name, reason: entry.reason, line: entry.line} }, things: gems.map { |gem| of_gem(gem) } + railties.map { |railtie| of_railtie(railtie) }
        )
      end

      private

      # @return [String] the command that runs the app's tests
      def tests
        return "bundle exec rspec" if File.directory?(File.join(@directory, "spec"))
        File.file?(File.join(@directory, "bin/rails")) ? "bin/rails test" : "bundle exec rake test"
      end

      # As a file of JSON would have it: names stay strings.
      def plain(boots)
        boots.to_h { |name, outcome| [name.to_s, JSON.parse(JSON.generate(outcome), symbolize_names: true).compact] }
      end

      def gems
        @gems ||= begin
          deeds = Deeds.new(@app.fetch("offers"), rails: @bundle.rails_translations, locales: TranslationKeys.locales(@directory))
          (@bundle.listed.map { |gem| gem["name"] } - ["showcase_memtrim"]).map { |name| GemOffers.new(name, @bundle, deeds) }
        end
      end

      def railties
        @railties ||= RailtieOffers.all(@app.fetch("components"))
      end

      def reading
        @reading ||= Uses.read(@directory, gems.map { |gem| gem.offer(by_gems.fetch(gem.name, []), tasks(gem.name)) } + railties.map(&:offer), env: @env)
      end

      # Rake tasks that the app lacks without it.
      def tasks(name)
        @boots.dig(name, :reasons).to_a.select { |reason| reason[:kind] == "task" }.flat_map { |reason| reason[:names] }
      end

      # What other gems' sources say of each.
      def by_gems
        @by_gems ||= Uses.in_gems(@bundle.directories.transform_values { |dirs| dirs.map { |dir| File.join(dir, "lib") } }, gems.map(&:offer)).group_by(&:name)
      end

      def of_gem(gem)
        recorded = @bundle[gem.name]
        uses = uses_of(gem.name) + made_uses(gem.name, gem.constants)
        {
          name: gem.name, kind: "gem", version: recorded["version"], gemfile: gemfile(gem.name, recorded), constants: constants(gem), uses: uses.map(&:to_h), idle_uses: idle_uses_of(gem.name),
          by_gems: of_others(gem), deeds: deeds(gem, uses), files: gem.files, trace: traced(gem.name), boots: booted(gem.name, uses)
        }
      end

      def of_railtie(railtie)
        uses = uses_of(railtie.name)
        {
          name: railtie.name, kind: "railtie", constants: railtie.constants, uses: uses.map(&:to_h), idle_uses: idle_uses_of(railtie.name), by_gems: [], deeds: [], files: {},
          trace: traced(railtie.name), boots: booted(railtie.name, uses)
        }
      end

      # The top-level constants with which it could be deferred, as boots have shown them, or as far as the recording tells.
      def constants(gem)
        known = @boots.dig(gem.name, :constants)
        known || @bundle.top_level(gem.name)
      end

      def uses_of(name)
        @uses ||= reading.uses.group_by(&:name)
        @uses.fetch(name, [])
      end

      def run_time_names
        @run_time_names ||= RunTimeNames.new(reading.unknowns)
      end

      # Constants whose names are made at run time, by parts that the source has.
      def made_uses(name, constants)
        run_time_names.fitting(constants).map { |file, line, text| Uses::Use.new(name: name, file: file, line: line, how: :string, what: text, at: :call, role: :app) }
      end

      def idle_uses_of(name)
        reading.idle_uses.select { |use| use.name == name }.map(&:to_h)
      end

      # The adapters of Rails' own that need it are in use where the app names them.
      def of_others(gem)
        own = @bundle.with_its_own(gem.name)
        by_gems.fetch(gem.name, []).reject { |use| own.include?(use.gem) || use.file.match?(GemOffers::ADAPTER) }.map { |use| {**use.to_h, file: short(use.file)} }
      end

      def gemfile(name, recorded)
        line = @gemfile.line_of(name)
        groups = recorded["groups"] || []
        {file: line&.file, line: line&.line, text: line&.text, groups: groups, requires: recorded["autorequire"], in_env: (groups & ["default", @env]).any?}
      end

      def deeds(gem, uses)
        deeds = [*hidden(gem), *gem.deeds].map { |deed| {kind: deed.kind, what: deed.what, file: short(deed.file), line: deed.line, count: deed.names.size, used: used?(deed, uses), harmless: deed.harmless} }
        return deeds unless gem.constants.empty? && gem.deeds.empty? && @bundle.loaded?(gem.name)
        [{kind: Deeds::UNKNOWN, what: "is loaded, and what it brings can't be told", file: nil, line: nil, count: 1, used: false, harmless: false}]
      end

      # What is there for others than the app's own lines, read in the gem's files.
      def hidden(gem)
        files = @bundle.loaded(gem.name).select { |file| file.end_with?(".rb") }
        environment = EnvironmentGuards.first(files)
        effect = LoadEffects.first(files, @bundle.constants(gem.name), @bundle.others(gem.name))
        extension = @bundle.registered(gem.name)
        [
          (deed(Deeds::ENVIRONMENT, "does something only where an environment variable says so", *environment) if environment),
          (deed(Deeds::EFFECT, "does something to others while it is loaded: #{effect.last}", *effect.first(2)) if effect),
          (deed(Deeds::EXTENSION, "adds #{extension} to somebody else's namespace", @app.fetch("constants").assoc(extension).last, nil) if extension)
        ].compact
      end

      def deed(kind, what, file, line)
        Deeds::Deed.new(kind: kind, what: what, file: file, line: line, names: [], harmless: false)
      end

      # As whoever knows the app and its gems would say where it is.
      def short(file)
        own = file&.delete_prefix("#{@directory}/")
        own&.start_with?("/") ? Callers.installed(own) : own
      end

      def used?(deed, uses)
        return TranslationKeys.used?(deed.names, @directory) if deed.kind == Deeds::TRANSLATIONS
        UsedNames.any?(deed.names, uses) || files_used?(deed.kind, uses)
      end

      # An engine gives its templates and assets to the app.
      def files_used?(kind, uses)
        kind == "railtie" && UsedNames.files?(uses)
      end

      def traced(name)
        @trace&.dig(:things, name)&.slice(:how, :why, :uses)
      end

      def booted(name, uses)
        outcome = @boots[name] or return
        outcome.merge(reasons: outcome[:reasons].to_a.map { |reason| {**reason, file: short(reason[:file]), used: UsedNames.any?(reason[:names].to_a, uses) || files_used?(reason[:kind].to_s, uses)} })
      end
    end
  end
end
