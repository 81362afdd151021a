# frozen_string_literal: true

# What an account shows with each request, in place of its key.
module Token
  ALGORITHM = "HS256"

  def self.for(account, now: Time.current)
    JWT.encode({"sub" => account.id.to_s, "exp" => now.to_i + 3600}, secret, ALGORITHM)
  end

  def self.account(authorization)
    token = authorization.to_s[/\ABearer (\S+)\z/, 1] or return
    payload, = JWT.decode(token, secret, true, algorithm: ALGORITHM)
    Account.find_by(id: payload["sub"])
  rescue JWT::DecodeError
    nil
  end

  def self.secret
    Rails.application.key_generator.generate_key("token", 32)
  end
  private_class_method :secret
end
