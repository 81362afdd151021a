# frozen_string_literal: true

require "minitest/autorun"
require "yaml"
require "showcase_memtrim"
require "showcase_memtrim/trim/configuration_file"

# config/memtrim.yml, edited: the user's comments and style stay, and it says what was asked for.
class ConfigurationFileTest < Minitest::Test
  A, B, C, D = %w[action_cable/engine action_mailer/railtie active_job/railtie active_record/railtie].freeze

  def test_a_new_file
    text = edit(nil) do |file|
      file.railties = [A, B]
      file.defer("combine_pdf", ["CombinePDF"])
    end
    head, rest = text.split("\n\n", 2)
    assert_match(/\A# What this app loads.*\n#.*\z/, head)
    assert_equal "railties:\n  - #{A}\n  - #{B}\n\ndefer:\n  combine_pdf: [CombinePDF]\n", rest
    assert_equal({"railties" => [A, B], "defer" => {"combine_pdf" => ["CombinePDF"]}}, YAML.safe_load(text))
  end

  def test_nothing_to_change
    text = "railties: # these\n- #{B}   # mails\n- #{A}\ndefer: {x: X, y: [Y, Z]}"
    same = edit(text) do |file|
      file.railties = [A, B]
      file.defer("x", ["X"])
      file.defer("y", %w[Z Y])
      file.undefer("z")
    end
    assert_equal text, same
    assert_equal "", edit("") { |file| file.railties = nil }
  end

  def test_a_block_list
    before = <<~YAML
      # What we load
      railties:   # in order
        # the socket
        - #{A} # for scores

        - "#{B}" # for packets
        # the last
        - #{D}

      enforce: warn # for now
    YAML
    assert_equal before.sub(%(  - "#{B}" # for packets\n), ""), railties(before, [A, D])
    assert_equal before.sub("  - #{A} # for scores\n", ""), railties(before, [B, D])
    assert_equal before.sub("for packets\n", "for packets\n  - #{C}\n"), railties(before, [A, B, C, D])
    assert_equal before.sub("  - #{A}", "  - #{C}\n  - #{A}"), railties(before, [C, A, B, D])
    assert_equal before.sub("  - #{D}\n", "  - #{D}\n  - #{C}\n"), railties(before, [A, B, D, C])
    assert_equal [C], YAML.safe_load(railties(before, [C]))["railties"]
    assert_equal before.sub(/railties:.*?(?=\nenforce)/m, ""), railties(before, nil)
  end

  def test_lists_with_other_marks
    {
      "railties:\n- #{A}\n- #{B}\n" => "railties:\n- #{A}\n- #{C}\n",
      "railties:\n    -   #{A}\n    -   #{B}" => "railties:\n    -   #{A}\n    -   #{C}\n",
      "railties:\r\n  - #{A}\r\n  - #{B}\r\n" => "railties:\r\n  - #{A}\r\n  - #{C}\r\n",
      "\uFEFFrailties:\n  - #{A}\n  - #{B}\n" => "\uFEFFrailties:\n  - #{A}\n  - #{C}\n",
      "---\nrailties:\n  - #{A}\n  - #{B}\n" => "---\nrailties:\n  - #{A}\n  - #{C}\n"
    }.each { |before, after| assert_equal after, railties(before, [A, C]) }
  end

  def test_a_flow_list
    {
      "railties: [#{A}, '#{B}'] # all\n" => "railties: [#{A}, #{C}] # all\n",
      "railties: [ #{B}, #{A} ]\n" => "railties: [ #{A}, #{C} ]\n",
      "railties: [\n  #{A}, # the socket\n  #{B}\n]\n" => "railties: [\n  #{A}, #{C}\n]\n",
      "{railties: [#{B}], enforce: warn}\n" => "{railties: [#{A}, #{C}], enforce: warn}\n",
      "railties: #{B} # one\n" => "railties: [#{A}, #{C}] # one\n",
      "railties: []\nenforce: off\n" => "railties: [#{A}, #{C}]\nenforce: off\n",
      "railties:\nenforce: off\n" => "railties: [#{A}, #{C}]\nenforce: off\n",
      "railties: ~\n" => "railties: [#{A}, #{C}]\n"
    }.each do |before, after|
      text = railties(before, [A, C])
      assert_equal YAML.safe_load(after), YAML.safe_load(text), before
      assert_equal after, text unless before.include?("# the socket")
    end
    assert_equal "railties: [\n  #{A}, # the socket\n  #{B}, #{C}\n]\n", railties("railties: [\n  #{A}, # the socket\n  #{B}\n]\n", [A, B, C])
  end

  def test_a_key_that_is_missing
    assert_equal "# ours\nenforce: warn\n\nrailties:\n  - #{A}\n", railties("# ours\nenforce: warn", [A])
    assert_equal "enforce: warn\r\n\r\nrailties:\r\n  - #{A}\r\n", railties("enforce: warn\r\n", [A])
    assert_equal "# all comments\n#railties:\n#  - x\n\nrailties:\n  - #{A}\n", railties("# all comments\n#railties:\n#  - x\n", [A])
  end

  def test_deferred_gems
    {
      "defer:\n  x: [X] # seldom\n\nenforce: warn\n" => "defer:\n  x: [X] # seldom\n  y-z: [Y, Z]\n\nenforce: warn\n",
      "defer:\n    x:\n      - X\n    # the end\n" => "defer:\n    x:\n      - X\n    y-z: [Y, Z]\n    # the end\n",
      "defer: {} # none yet\nenforce: warn\n" => "defer: # none yet\n  y-z: [Y, Z]\nenforce: warn\n",
      "defer:\n" => "defer:\n  y-z: [Y, Z]\n",
      "defer: # soon\n# more\n" => "defer: # soon\n  y-z: [Y, Z]\n# more\n",
      "defer: {x: X} # short\n" => "defer: {x: X, y-z: [Y, Z]} # short\n",
      "defer:\n  x: {constants: X, force: because}" => "defer:\n  x: {constants: X, force: because}\n  y-z: [Y, Z]",
      "defer:\n  x:\n    constants: X\n    force: |\n      two\n      lines\n" => "defer:\n  x:\n    constants: X\n    force: |\n      two\n      lines\n  y-z: [Y, Z]\n",
      "defer:\n  y-z: [Z] # last\n" => "defer:\n  y-z: [Y, Z] # last\n",
      "defer:\n  y-z: Z\n" => "defer:\n  y-z: [Y, Z]\n",
      "defer:\n  y-z:\n    - Z # last\n    - Old\n" => "defer:\n  y-z:\n    - Y\n    - Z # last\n",
      "defer:\n  y-z:\n    force: because # of it\n    constants: [Z]\n" => "defer:\n  y-z:\n    force: because # of it\n    constants: [Y, Z]\n"
    }.each { |before, after| assert_equal after, edit(before) { |file| file.defer("y-z", %w[Y Z]) } }
  end

  def test_a_reason
    {
      "" => "\ndefer:\n  x:\n    constants: [X]\n    force: \"no: really\"\n",
      "defer:\n  x: [X] # seldom\n  y: Y\n" => "defer:\n  x:\n    constants: [X]\n    force: \"no: really\"\n  y: Y\n",
      "defer:\n  x:\n    constants: [X]\n" => "defer:\n  x:\n    constants: [X]\n    force: \"no: really\"\n",
      "defer:\n  x:\n    constants: [X]\n    force: perhaps # hm\n" => "defer:\n  x:\n    constants: [X]\n    force: \"no: really\" # hm\n",
      "defer: {x: X, y: Y}\n" => "defer: {x: {constants: [X], force: \"no: really\"}, y: Y}\n"
    }.each { |before, after| assert_equal after.sub(/\A\n/, ""), edit(before) { |file| file.defer("x", ["X"], force: "no: really") } }
  end

  def test_undeferred_gems
    {
      "# head\ndefer:\n  x: [X] # seldom\n  y: [Y]\n" => "# head\ndefer:\n  y: [Y]\n",
      "defer:\n  x:\n    constants:\n      - X\n    force: because\n  # of y\n  y: [Y]\n" => "defer:\n  # of y\n  y: [Y]\n",
      "defer: {x: X, y: Y} # short\n" => "defer: {y: Y} # short\n",
      "defer: {y: Y, x: [X, Z]}\n" => "defer: {y: Y}\n",
      "# head\n\ndefer:\n  x: [X]\n\nenforce: warn\n" => "# head\n\nenforce: warn\n",
      "enforce: warn\n\ndefer: {x: X}\n" => "enforce: warn\n",
      "{defer: {x: X}, enforce: warn}\n" => "{enforce: warn}\n"
    }.each { |before, after| assert_equal after, edit(before) { |file| file.undefer("x") } }
  end

  def test_what_is_left_to_people
    {
      "- a\n" => /config\/memtrim\.yml: this is no mapping/,
      "railties: [\n" => /config\/memtrim\.yml: not YAML that can be read/,
      "railties: {a: b}\n" => /in a way that can't be edited safely/,
      "all: &all [#{B}]\nrailties: *all\n" => /in a way that can't be edited safely/,
      "railties:\n  - - #{B}\n" => /in a way that can't be edited safely/,
      "railties:\n  - >\n   #{B}\n" => /in a way that can't be edited safely/,
      "{enforce: warn}\n" => /in a way that can't be edited safely/,
      "enforce: warn\n...\n" => /in a way that can't be edited safely/,
      "defer: 3\n" => /defer: is no mapping/,
      "# \xFF\n" => /not UTF-8/
    }.each do |text, message|
      error = assert_raises(ShowcaseMemtrim::Error, text) { railties(text, [A, C]) }
      assert_match message, error.message
      assert_match(/edit it by hand/, error.message)
    end
  end

  def test_an_edit_that_fails_changes_nothing
    file = ShowcaseMemtrim::Trim::ConfigurationFile.new("railties: {a: b}\n")
    assert_raises(ShowcaseMemtrim::Error) { file.railties = [A] }
    assert_equal "railties: {a: b}\n", file.to_s
    file.defer("x", ["X"])
    assert_equal "railties: {a: b}\n\ndefer:\n  x: [X]\n", file.to_s
  end

  private

  # The text after some edits, which change nothing the second time.
  def edit(text)
    file = ShowcaseMemtrim::Trim::ConfigurationFile.new(text)
    yield file
    again = ShowcaseMemtrim::Trim::ConfigurationFile.new(file.to_s)
    yield again
    assert_equal file.to_s, again.to_s, "the second time"
    file.to_s
  end

  def railties(text, names)
    edit(text) { |file| file.railties = names }
  end
end
