# frozen_string_literal: true

require "fileutils"
require_relative "../bench_app"
require_relative "../../../lib/showcase_memtrim/left_out"
require_relative "../../../test/support/awkward_app"

module Verdicts
  # Whether the labels of the planted gems are true, by experiment: each gem's line is deleted in a copy of the app, or
  # the gem deferred, and the running app asked what the gem is there for.
  class LabelCheck
    # what: the gem's name and what was done; wrong: what is not as the label says, or nil
    Result = Struct.new(:what, :said, :wrong, keyword_init: true) do
      def to_s
        "#{wrong ? "WRONG" : "ok   "}  #{what}: #{said}#{" (#{wrong})" if wrong}"
      end
    end

    # @param labels [Hash{String => Label}] of the garden
    def initialize(labels, app: AwkwardApp.prepare)
      @labels = labels
      @app = app
      @copy = File.join(BenchApp::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/verdicts/labels/garden")
    end

    # @yieldparam result [Result] as it comes
    # @return [Array<Result>]
    def results(names = nil)
      plants = names ? names.map { |name| AwkwardGems.fetch(name) } : AwkwardGems.all
      used, unused = plants.partition(&:used?)
      steps = used.flat_map { |plant| [-> { [deleted(plant)] }, -> { deferrable?(plant) ? [deferred(plant)] : [] }] }
      steps << -> { without(unused) } if unused.any?
      steps = [-> { [untouched] }, *steps, -> { railties }] unless names
      steps.flat_map { |step| step.call.each { |result| yield result } }
    end

    private

    def deferrable?(plant)
      plant.constants.any? && !plant.line.include?("require: false")
    end

    def untouched
      copy([])
      failed = failures(AwkwardApp.answers(@copy))
      result("nothing left out", failed.empty? ? "all works" : failed, failed.any? && "something does not")
    end

    def deleted(plant)
      copy([plant])
      said = answer(plant)
      label = @labels.fetch(plant.name)
      wrong = "the app works without it" if said == true && !label.spare?
      wrong = "the app is not as it was without it" if said != true && label.spare?
      wrong = "labelled as unused" if label.best == "remove"
      result("#{plant.name} deleted", said, wrong)
    end

    def deferred(plant)
      copy([])
      said = answer(plant, ShowcaseMemtrim::LeftOut.new({plant.name => plant.constants}).environment(nil))
      fine = @labels.fetch(plant.name).accepts?("defer")
      wrong = "labelled as deferrable" if fine && said != true
      result("#{plant.name} deferred", said, wrong)
    end

    # All at once: nothing of the app is any different.
    def without(plants)
      copy(plants)
      failed = failures(AwkwardApp.answers(@copy))
      labelled = plants.reject { |plant| @labels.fetch(plant.name).accepts?("remove") }.map(&:name)
      [
        result("#{plants.map(&:name).join(", ")} deleted together", failed.empty? ? "all works" : failed, failed.any? && "something does not"),
        result("the same", labelled.empty? ? "all labelled as unused" : "not labelled as unused: #{labelled.join(", ")}", labelled.any? && "label")
      ]
    end

    # Those that are labelled as unused, together; and each of the others.
    def railties
      copy([])
      unused, used = @labels.values.select { |label| label.railtie? && label.best != "any" }.partition(&:unused?)
      failed = failures(AwkwardApp.answers(@copy, env: without_railties(unused)))
      [
        result("#{unused.map(&:name).join(", ")} left out together", failed.empty? ? "all works" : failed, failed.any? && "something does not"),
        *used.map { |label| left_out(label) }
      ]
    end

    # What another one brings in can't be left out: that the app is the same shows nothing.
    def left_out(label)
      loaded = %($LOADED_FEATURES.any? { |feature| feature.end_with?("/#{label.name}.rb") })
      answers = AwkwardApp.answers(@copy, names: in_process, more: {"loaded" => loaded}, env: without_railties([label]))
      return result("#{label.name} left out", "brought in all the same", nil) if answers.delete("loaded") == true
      failed = failures(answers)
      result("#{label.name} left out", failed.empty? ? "all works" : failed.keys.join(", "), failed.empty? && "the app works without it")
    rescue AppCopy::Error => error
      result("#{label.name} left out", does_not_boot(error), nil)
    end

    def without_railties(labels)
      ShowcaseMemtrim::LeftOut.new(labels.to_h { |label| [label.name, []] }).environment(nil)
    end

    # The quick questions.
    def in_process
      AwkwardGems.all.select { |plant| plant.used? && !plant.works.match?(/\b(?:sh|ruby|precompiled)\(/) }.map(&:name)
    end

    def answer(plant, env = {})
      AwkwardApp.answers(@copy, names: [plant.name], env: env).fetch(plant.name)
    rescue AppCopy::Error => error
      does_not_boot(error)
    end

    def does_not_boot(error)
      "does not boot: #{error.message.lines.drop(1).find { |line| line.match?(/\((?:\w|::)+\)$/) }.to_s.sub(/\A.*?:in [`'].*?': /, "").strip}"
    end

    def failures(answers)
      answers.reject { |_, answer| answer == true }
    end

    def result(what, said, wrong)
      Result.new(what: what, said: {true => "works", false => "does not work"}.fetch(said, said).to_s, wrong: wrong || nil)
    end

    # A copy without the lines of these gems.
    def copy(plants)
      FileUtils.rm_rf(@copy)
      FileUtils.mkdir_p(@copy)
      FileUtils.cp_r((Dir.children(@app) - %w[log tmp storage coverage]).map { |name| File.join(@app, name) }, @copy)
      FileUtils.mkdir_p(%w[log storage tmp].map { |name| File.join(@copy, name) })
      gemfile = File.join(@copy, "Gemfile")
      lines = File.readlines(gemfile).reject { |line| plants.any? { |plant| line.match?(/\A\s*gem "#{Regexp.escape(plant.name)}"/) } }
      File.write(gemfile, lines.join)
      lock if plants.any?
    end

    # Anew: Bundler 2.3 does not find what was in the Gemfile and is now somebody's dependency only.
    def lock
      FileUtils.rm_f(File.join(@copy, "Gemfile.lock"))
      environment = {"BUNDLE_GEMFILE" => File.join(@copy, "Gemfile")}
      output = Bundler.with_unbundled_env { IO.popen(environment, %w[bundle lock --local], chdir: @copy, err: %i[child out], &:read) }
      raise "bundle lock in #{@copy}:\n#{output}" unless $?.success?
    end
  end
end
