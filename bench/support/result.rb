# frozen_string_literal: true

# A bench's line: what was shown, what it came to, and whether that is within the limit.
Result = Struct.new(:what, :value, :ok, keyword_init: true) do
  def to_s
    "#{ok ? "ok     " : "EXCEEDS"}  #{what}: #{value}"
  end
end
