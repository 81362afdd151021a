# frozen_string_literal: true

require "fileutils"
require_relative "../trimmed_app"

module FleetBench
  # The sample app trimmed: what two tenants of it as it is, and a file, tell of ten trimmed ones.
  class Trimmed
    CLOSE = 0.05
    # One way to ask: what it is called, the arguments after --tenants N, and what it claims to be.
    Question = Struct.new(:what, :arguments, :claim, keyword_init: true)

    def initialize(tenants, variable, minutes:)
      @tenants = tenants
      @variable = variable
      @minutes = minutes
    end

    def to_h
      {tenants: @tenants, **measured, results: results.map(&:to_h)}
    end

    def lines
      total = measured[:total]
      [
        "#{@tenants} trimmed tenants, by #{FIRST} of the sample app as it is · Ruby #{RUBY_VERSION}",
        *Figures.table([
          ["MB, all servers", "saved in each", "projected", "off"],
          ["as it is, not trimmed", "", Figures.mb(measured[:today], 1), ""],
          *measured[:answers].map { |what, answer| [what, Figures.mb(answer[:saved], 1), Figures.mb(answer[:projected], 1), percent(off(answer))] },
          ["measured: #{@tenants} trimmed tenants", Figures.mb(measured[:saved], 1), Figures.mb(total, 1), ""]
        ]), ""
      ]
    end

    def results
      questions.map do |question|
        answer = measured[:answers].fetch(question.what)
        case question.claim
        when :close then Result.new(what: "#{question.what}: off what they take, at most #{percent(CLOSE)}", value: percent(off(answer)), ok: off(answer).abs <= CLOSE)
        when :sure then Result.new(what: "#{question.what}: promises no more than is saved", value: percent(off(answer)), ok: off(answer) >= 0)
        when :most then Result.new(what: "#{question.what}: promises at least what is saved, as it says", value: percent(off(answer)), ok: off(answer) <= 0)
        end
      end
    end

    private

    def questions
      [
        Question.new(what: "--with trimmed.memtrim", arguments: ["--with", file("trimmed.memtrim")], claim: :most),
        Question.new(what: "…--against stock.memtrim", arguments: ["--with", file("trimmed.memtrim"), "--against", file("stock.memtrim")], claim: :sure),
        Question.new(what: "--with trim.json, held bytes", arguments: ["--with", file("trim.json")], claim: :sure),
        Question.new(what: "--with prove.json, after requests", arguments: ["--with", file("prove.json"), "--result", app.trimmed], claim: :close)
      ]
    end

    def measured
      @measured ||= begin
        write_files
        few = ask_stock
        trimmed = Stage.open(app.trimmed, app.trimmed, @variable) do |stage|
          stage.tenants(@tenants)
          Reading.new(stage, @variable)
        end
        own = trimmed.fleet.dig("per_tenant", "own_bytes", "mean")
        {**few, total: trimmed.total, own: own, saved: few[:own] - own}
      end
    end

    def ask_stock
      Stage.open(app.stock, app.trimmed, @variable) do |stage|
        stage.tenants(FIRST)
        reading = Reading.new(stage, @variable)
        answers = questions.to_h do |question|
          answer = Reading.memtrim(@variable, "--tenants", @tenants.to_s, *question.arguments, "--same-app")
          [question.what, {saved: answer.dig("saving", "bytes"), projected: Projection.of_servers(answer.fetch("with"), reading), by_anon: answer["with_anon_bytes"]&.then { |bytes| Projection.of_servers(answer.fetch("with").merge("total_bytes" => bytes), reading) }, fit: answer["fit"]}]
        end
        {today: Projection.of_servers(Reading.memtrim(@variable, "--tenants", @tenants.to_s).fetch("today"), reading), own: reading.fleet.dig("per_tenant", "own_bytes", "mean"), answers: answers}
      end
    end

    # The first recording of each fills Bootsnap's cache.
    def write_files
      FileUtils.mkdir_p(directory)
      {"stock" => app.stock, "trimmed" => app.trimmed}.each do |name, from|
        2.times { memtrim("record", "-o", file("#{name}.memtrim"), "--app", from) }
      end
      File.write(file("trim.json"), JSON.generate(app.trim))
      # Of one gem, since without a name it would be all of them.
      name = app.trim.fetch("defer").keys.first
      File.write(file("prove.json"), memtrim("prove", name, "--app", app.stock, "--checkout", app.trimmed, "--after", "load", "--requests", PAGES.join(","), "--count", COUNT.to_s, "--minutes", @minutes.to_s, "--format", "json"))
    end

    def memtrim(*arguments)
      out, err, status = Open3.capture3(RbConfig.ruby, MEMTRIM, *arguments)
      status.success? ? out : raise("memtrim #{arguments.join(" ")} failed:\n#{err}")
    end

    def off(answer)
      answer[:projected].fdiv(measured[:total]) - 1
    end

    def percent(share)
      format("%+.1f %%", share * 100)
    end

    def file(name)
      File.join(directory, name)
    end

    def directory
      File.join(AppCopy::ROOT, "tmp/bench/ruby-#{AppCopy::RUBY}/fleet")
    end

    def app
      @app ||= TrimmedApp.new("tenant")
    end
  end
end
