# frozen_string_literal: true

require_relative "../verdicts/gemfile"
require_relative "deferral"
require_relative "missing"
require_relative "precompilation"
require_relative "search"

module ShowcaseMemtrim
  module Experiment
    # Finds out which gems of an app can be deferred: boots it without each, and then without all that nothing speaks
    # against, since gems hold each other in.
    class Deferrals
      # @param candidates [Candidates]
      # @yieldparam sets [Array<Array<String>>] names to leave out together, gems and railties
      # @yieldreturn [Array<Hash>] of each what Trial#run gives, with the detail :shape
      def initialize(workspace, candidates, &boots)
        @workspace = workspace
        @candidates = candidates
        @boots = boots
        @known = {}
      end

      # @param gems [Array<String>] that Bundler requires
      # @param beside [Array<String>] railties that may go too
      # @return [Hash{String => Deferral}] gem → what speaks against it
      def of(gems, beside: [])
        boot([], *gems.zip)
        deferrals = gems.to_h { |gem| [gem, alone(gem)] }
        until (held_in = together(safe(deferrals), beside)).empty?
          deferrals.merge!(held_in)
        end
        deferrals.merge(precompiling(safe(deferrals))).to_h { |gem, deferral| [gem, deferral.safe? ? deferral : held_in_alone(deferral)] }
      end

      private

      def safe(deferrals)
        deferrals.select { |_, deferral| deferral.safe? }
      end

      def boot(*sets)
        unknown = sets.map(&:sort).uniq.reject { |names| @known.key?(names) }
        @boots.call(unknown).each_with_index { |outcome, index| @known[unknown.fetch(index)] = outcome } if unknown.any?
        sets.map { |names| @known.fetch(names.sort) }
      end

      def base
        outcome = boot([]).first
        outcome.dig(:details, :shape) || raise(Error, "nothing can be told of this app: it boots only sometimes: #{outcome[:error]}")
      end

      # What the app is without, and whether the constants are all that it takes to have the gem back.
      def alone(gem)
        outcome = boot([gem]).first
        shape = outcome.dig(:details, :shape)
        reasons = Missing.new(base, shape, gem, bundled(gem)[:directory]).reasons.map { |reason| ours(reason) }
        reasons += shape ? constants(gem, shape.dig(:uses, gem)) : [reason("deferred, the app does not boot: #{outcome[:error]}", outcome[:line], :boot)]
        Deferral.new(gem, @candidates.gems.fetch(gem), reasons, held_saved_bytes: saved(outcome))
      end

      def saved(outcome)
        held, without = boot([]).first.dig(:figures, :held_bytes), outcome.dig(:figures, :held_bytes)
        held - without if held && without
      end

      def constants(gem, use)
        return [main(gem, "brings no constant of its own that could load it", :constants)] if @candidates.gems.fetch(gem).empty?
        of_app = bundled(gem).fetch(:same_in_app).map { |file| ours(Deferral::Reason.new("the app has a file of that name", file, 1, :constants)) }
        return of_app + [main(gem, "its constants do not load it: #{use[:error]}", :constants)] if use[:error]
        files = base[:files]
        unloaded = bundled(gem).fetch(:features).find do |feature|
          wanted = files.find { |file| file.start_with?("#{bundled(gem)[:directory]}/") && file.end_with?("/#{feature}.rb", "/#{feature}.so") }
          wanted && boot([gem]).first.dig(:details, :shape, :files).none?(wanted) && use[:files].none?(wanted)
        end
        of_app += [gemfile(gem, "Bundler requires more of it than its constants load: #{unloaded}")] if unloaded
        of_app
      end

      # Gems that are loaded at boot all the same, by whatever is left when all of them are gone.
      def together(deferrals, beside)
        return {} if deferrals.empty?
        names = deferrals.keys + beside
        names = deferrals.keys if beside.any? && boot(names).first[:error]
        outcome = boot(names).first
        return not_together(deferrals) if outcome[:error]
        loads = outcome.dig(:details, :shape, :loads)
        deferrals.filter_map { |gem, deferral| [gem, deferral.but(loaded(gem, *loads.fetch(gem)))] if loads.key?(gem) && (beside.empty? || names.size > deferrals.size || of_app?(loads.fetch(gem))) }.to_h
      end

      # Of what stays anyhow, also who would load it.
      def held_in_alone(deferral)
        load = boot([deferral.gem]).first.dig(:details, :shape, :loads, deferral.gem)
        reason = loaded(deferral.gem, *load) if load
        (reason && !deferral.reasons.include?(reason)) ? deferral.but(reason) : deferral
      end

      # Railties that could go may be what loads them; the app's own files stay.
      def of_app?(load)
        load[1].to_s.start_with?("#{@workspace.directory}/", "#{@workspace.app}/")
      end

      def not_together(deferrals)
        able = Search.new(deferrals.keys) { |sets| boot(*sets).map { |outcome| !outcome[:error] } }.largest
        (deferrals.keys - able).to_h do |gem|
          outcome = boot(able + [gem]).first
          [gem, deferrals.fetch(gem).but(reason("deferred beside #{able.join(" and ")}, the app does not boot: #{outcome[:error]}", outcome[:line]))]
        end
      end

      # @param path [String] the first file of it that was loaded
      # @param file [String, nil] who wanted it
      def loaded(gem, path, file = nil, line = nil)
        return ours(Deferral::Reason.new("it is loaded at boot all the same", path)) unless file
        text = File.file?(file) ? File.foreach(file).first(line).last.to_s.scrub : ""
        constant = @candidates.gems.fetch(gem).find { |name| text.match?(/\b#{name}\b/) }
        what = if text.match?(/\b(?:require|require_relative|load|autoload)\b/) then "it is required at boot"
        elsif constant && text.match?(/^\s*(?:class|module)\s+(?:::)?#{constant}\b/) then "somebody else opens #{constant}, too, at boot"
        else "#{constant || "it"} is used at boot"
        end
        ours(Deferral::Reason.new(what, file, line))
      end

      # One run for all; one for each where that shows that somebody is missed.
      def precompiling(deferrals)
        return {} if deferrals.empty? || !base[:tasks].key?(Precompilation::TASK)
        Precompilation.open(@workspace) do |precompilation|
          next {} unless precompilation.passes? && precompilation.difference(constants_of(deferrals))
          deferrals.filter_map do |gem, deferral|
            what, line = precompilation.difference(constants_of(gem => deferral))
            [gem, deferral.but(line ? reason(what, line) : main(gem, what))] if what
          end.to_h
        end
      end

      def constants_of(deferrals)
        deferrals.transform_values(&:constants)
      end

      def bundled(gem)
        @candidates.bundle.fetch(gem)
      end

      # @param line [String, nil] file:line
      def reason(what, line, kind = nil)
        file, number = line.to_s.match(/\A(.+?)(?::(\d+))?\z/)&.captures
        Deferral::Reason.new(what, file, number&.to_i, kind)
      end

      # Where nothing in particular is to blame: the gem's first file.
      def main(gem, what, kind = nil)
        directory = "#{bundled(gem)[:directory]}/"
        own = base[:files].select { |file| file.start_with?(directory) }
        ours(Deferral::Reason.new(what, own.find { |file| file.end_with?("/#{gem}.rb") } || own.min_by(&:size) || directory.chomp("/"), nil, kind))
      end

      def gemfile(gem, what)
        directory = File.dirname(@workspace.gemfile)
        line = Verdicts::Gemfile.new(@workspace.gemfile, directory).line_of(gem)
        ours(Deferral::Reason.new(what, line ? File.expand_path(line.file, directory) : @workspace.gemfile, line&.line, :constants))
      end

      def ours(reason)
        reason.dup.tap { |own| own.file &&= @workspace.original(own.file) }
      end
    end
  end
end
