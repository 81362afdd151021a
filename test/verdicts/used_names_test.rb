# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "fileutils"
require "showcase_memtrim/verdicts/used_names"

# Which gems can wait for their first use although boots without them lack something: those of which the app uses nothing
# by another name than their constant.
class UsedNamesTest < Minitest::Test
  Outcome = Struct.new(:kind, :safe, :harmless, :constants, :reasons)

  def test_what_can_wait
    wait = can_wait(
      {
        "safe" => outcome(safe: true), "acting" => outcome(harmless: false), "nameless" => outcome(constants: []), "railtie" => outcome(kind: "railtie"),
        "shouter" => outcome(reasons: [reason(:method, "String#shout")]), "whisperer" => outcome(reasons: [reason(:method, "String#whisper")]),
        "locator" => outcome(reasons: [reason(:mixin, "Rack::Request#location")]), "spotter" => outcome(reasons: [reason(:mixin, "Rack::Request#spot")]),
        "renderer" => outcome(reasons: [reason(:renderer, "pollen")]), "planner" => outcome(reasons: [reason(:task, "plan:all")]),
        "styler" => outcome, "drawer" => outcome
      },
      "app/models/x.rb" => "'x'.shout\n@event.location\nrequest.spot\n", "app/controllers/x_controller.rb" => "class XController\n  def show = render(pollen: 1)\nend\n",
      "Procfile" => "release: bin/rails plan:all\n", "app/assets/stylesheets/application.css" => "@import \"petals\";\n"
    )
    assert_equal %w[drawer locator safe whisperer], wait.sort
  end

  private

  def can_wait(outcomes, files)
    Dir.mktmpdir do |directory|
      app, gems = File.join(directory, "app"), File.join(directory, "gems")
      files.merge("../gems/styler/app/assets/stylesheets/petals.css" => "", "../gems/drawer/app/views/drawer/_box.html.erb" => "").each do |path, content|
        FileUtils.mkdir_p(File.dirname(File.join(app, path)))
        File.write(File.join(app, path), content)
      end
      bundle = outcomes.to_h { |name, _| [name, {directory: File.join(gems, name)}] }
      ShowcaseMemtrim::Verdicts::UsedNames.can_wait(outcomes, bundle, directory: app, env: "production")
    end
  end

  def outcome(kind: "gem", safe: false, harmless: true, constants: %w[X], reasons: [])
    Outcome.new(kind, safe, harmless, constants, reasons)
  end

  def reason(kind, *names)
    {kind: kind, names: names}
  end
end
